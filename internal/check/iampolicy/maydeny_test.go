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
		name, statement string
		want            []string
	}{
		{"nothing", "", nil},
		{"of these logs", `{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-trail/AWSLogs/*"}`, []string{"No"}},
		{"of one folder of them", `{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:Put*","Resource":"arn:aws:s3:::acme-trail/AWSLogs/012345678901/*"}`, []string{"No"}},
		{"of every AWS principal", `{"Sid":"No","Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:PutObject","Resource":"*"}`, []string{"No"}},
		{"of the service", `{"Effect":"Deny","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"*","Resource":"*"}`, []string{"number 3"}},
		{"with a condition", `{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}`, []string{"No"}},
		{"of all but another role", `{"Sid":"No","Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::012345678901:role/r"},"Action":"s3:PutObject","Resource":"*"}`, []string{"No"}},
		{"of all but the service", `{"Sid":"No","Effect":"Deny","NotPrincipal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"*"}`, nil},
		{"of all actions but another", `{"Sid":"No","Effect":"Deny","Principal":"*","NotAction":"s3:GetObject","Resource":"*"}`, []string{"No"}},
		{"of all actions but uploads", `{"Sid":"No","Effect":"Deny","Principal":"*","NotAction":"s3:Put*","Resource":"*"}`, nil},
		{"of all resources but another", `{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::acme-trail/x/*"}`, []string{"No"}},
		{"of another action", `{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"*"}`, nil},
		{"of other keys", `{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::acme-trail/x/*"}`, nil},
		{"of a role", `{"Sid":"No","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::012345678901:role/r"},"Action":"s3:*","Resource":"*"}`, nil},
		{"an Allow", `{"Sid":"No","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`, nil},
	} {
		text := tls + "," + deliver
		if c.statement != "" {
			text += "," + c.statement
		}
		if got := parse(text).MayDeny(declared.Statements[1], declared); !slices.Equal(got, c.want) {
			t.Errorf("a denial %s: %v, want %v", c.name, got, c.want)
		}
	}
}
