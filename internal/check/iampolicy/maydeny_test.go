package iampolicy

import (
	"slices"
	"testing"
)

func TestMayDeny(t *testing.T) {
	const deliver = `{"Sid":"Deliver","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},
		"Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-trail/AWSLogs/*"}`
	const tls = `{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
		"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	parse := func(statements string) Document {
		d, err := Parse(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	declared := parse(tls + "," + deliver)
	for _, c := range []struct {
		name, fields string
		want         []string
	}{
		{"nothing", "", nil},
		{
			"of these logs",
			`"Sid":"No","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-trail/AWSLogs/*"`,
			[]string{"No"},
		},
		{
			"of one folder of them",
			`"Sid":"No","Principal":"*","Action":"s3:Put*","Resource":"arn:aws:s3:::acme-trail/AWSLogs/012345678901/*"`,
			[]string{"No"},
		},
		{
			"of every AWS principal",
			`"Sid":"No","Principal":{"AWS":"*"},"Action":"s3:PutObject","Resource":"*"`,
			[]string{"No"},
		},
		{
			"of the service",
			`"Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"*","Resource":"*"`,
			[]string{"number 3"},
		},
		{
			"with a condition",
			`"Sid":"No","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`,
			[]string{"No"},
		},
		{
			"of all but another role",
			`"Sid":"No","NotPrincipal":{"AWS":"arn:aws:iam::012345678901:role/r"},"Action":"s3:PutObject","Resource":"*"`,
			[]string{"No"},
		},
		{
			"of all but the service",
			`"Sid":"No","NotPrincipal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"*"`,
			nil,
		},
		{
			"of all actions but another",
			`"Sid":"No","Principal":"*","NotAction":"s3:GetObject","Resource":"*"`,
			[]string{"No"},
		},
		{"of all actions but uploads", `"Sid":"No","Principal":"*","NotAction":"s3:Put*","Resource":"*"`, nil},
		{
			"of all resources but another",
			`"Sid":"No","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::acme-trail/x/*"`,
			[]string{"No"},
		},
		{"of another action", `"Sid":"No","Principal":"*","Action":"s3:DeleteObject","Resource":"*"`, nil},
		{"of other keys", `"Sid":"No","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::acme-trail/x/*"`, nil},
		{
			"of a role",
			`"Sid":"No","Principal":{"AWS":"arn:aws:iam::012345678901:role/r"},"Action":"s3:*","Resource":"*"`,
			nil,
		},
	} {
		text := tls + "," + deliver
		if c.fields != "" {
			text += `,{"Effect":"Deny",` + c.fields + "}"
		}
		if got := parse(text).MayDeny(declared.Statements[1], declared); !slices.Equal(got, c.want) {
			t.Errorf("a denial %s: %v, want %v", c.name, got, c.want)
		}
	}
	allowed := parse(tls + "," + deliver + `,{"Sid":"No","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`)
	if got := allowed.MayDeny(declared.Statements[1], declared); got != nil {
		t.Errorf("an Allow: %v, want none", got)
	}
}
