package policy_test

import (
	"slices"
	"testing"

	"datalock/internal/policy"

	"github.com/go-json-experiment/json"
)

const (
	oneLine = `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"Plain","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],` +
		`"Condition":{"Bool":{"aws:SecureTransport":"false"},"StringNotEquals":{"k":["<a>","b&c"]}}},` +
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::012345678901:root","Service":["a","b"]},"Action":["x","y"],"Resource":"*"}]}`
	indented = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "A",
      "Effect": "Allow",
      "Action": [
        "s3:GetObject"
      ],
      "Resource": [
        "arn:aws:s3:::b/*"
      ]
    }
  ]
}`
)

// TestText holds what is written to the form in which AWS returns it, byte by
// byte: a plan shows a change only where there is one.
func TestText(t *testing.T) {
	d, err := policy.Read(oneLine)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if got := d.String(); got != oneLine {
			t.Fatalf("read and written again it is\n%s, want\n%s", got, oneLine)
		}
	}
	d = policy.Document{Version: policy.Version, Statement: policy.Statements{
		{Sid: "A", Effect: "Allow", Action: policy.Values{"s3:GetObject"}, Resource: policy.Values{"arn:aws:s3:::b/*"}},
	}}
	if got := d.Indented(); got != indented {
		t.Errorf("indented it is\n%s, want\n%s", got, indented)
	}
}

// TestForms reads every form that AWS accepts.
func TestForms(t *testing.T) {
	d, err := policy.Read(`{"Id":"x","More":1,"Statement":{"Effect":"Deny","NotAction":"a","NotResource":["r"],
		"NotPrincipal":{"AWS":["*","b","a"],"Service":"s"},"Condition":{"Null":{"k":true},"NumericLessThan":{"n":[89,"90"]}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Statement) != 1 || d.ID != "x" || d.Version != "" {
		t.Fatalf("read %+v", d)
	}
	s := d.Statement[0]
	for what, pair := range map[string][2][]string{
		"NotPrincipal": {s.NotPrincipal, {"*", "AWS:a", "AWS:b", "Service:s"}},
		"NotAction":    {s.NotAction, {"a"}}, "NotResource": {s.NotResource, {"r"}},
		"Null": {s.Condition["Null"]["k"], {"true"}}, "NumericLessThan": {s.Condition["NumericLessThan"]["n"], {"89", "90"}},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
	for _, text := range []string{
		`{`, `{"Statement":{"Principal":"root"}}`, `{"Statement":{"Action":{}}}`, `{"Statement":{"Action":[null]}}`,
		`{"Statement":{"Sid":"a","Sid":"b"}}`,
	} {
		if d, err := policy.Read(text); err == nil {
			t.Errorf("%s was read as %+v", text, d)
		}
	}
	if _, err := policy.Read(`{"More":1}`, json.RejectUnknownMembers(true)); err == nil {
		t.Error("an unknown element was accepted where it must not be")
	}
}
