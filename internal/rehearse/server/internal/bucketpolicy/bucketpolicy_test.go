package bucketpolicy

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
)

func TestOperators(t *testing.T) {
	cases := []struct {
		operator string
		value    string
		wanted   values
		holds    bool
	}{
		{"StringEquals", "a", values{"b", "a"}, true},
		{"StringEquals", "A", values{"a"}, false},
		{"StringNotEquals", "a", values{"b", "a"}, false},
		{"StringNotEquals", "c", values{"b", "a"}, true},
		{"StringEqualsIgnoreCase", "A", values{"a"}, true},
		{"StringNotEqualsIgnoreCase", "A", values{"a"}, false},
		{"StringLike", "abc", values{"a?*"}, true},
		{"StringLike", "a", values{"a?*"}, false},
		{"StringNotLike", "abc", values{"a*"}, false},
		{"NumericEquals", "9.0", values{"9"}, true},
		{"NumericNotEquals", "9", values{"9"}, false},
		{"NumericLessThan", "9", values{"10"}, true},
		{"NumericLessThan", "10", values{"10"}, false},
		{"NumericLessThan", "many", values{"10"}, false},
		{"NumericLessThanEquals", "10", values{"10"}, true},
		{"NumericGreaterThan", "10", values{"10"}, false},
		{"NumericGreaterThanEquals", "10", values{"10"}, true},
		{"DateLessThan", "2026-01-01T00:00:00Z", values{"2026-01-02"}, true},
		{"DateGreaterThan", "2026-01-01T00:00:00Z", values{"1"}, true},
		{"DateEquals", "2026-01-01T01:00:00+01:00", values{"2026-01-01T00:00:00Z"}, true},
		{"Bool", "true", values{"True"}, true},
		{"ArnLike", "arn:aws:iam::1:user/a", values{"arn:aws:iam::*:user/?"}, true},
		{"ArnLike", "arn:aws:iam::1:user/a", values{"arn:*:user/a"}, false},
		{"ArnNotEquals", "arn:aws:iam::1:user/a", values{"arn:aws:iam::1:user/a"}, false},
		{"IpAddress", "127.0.0.1", values{"127.0.0.0/8"}, true},
		{"NotIpAddress", "127.0.0.1", values{"127.0.0.1"}, false},
		{"Null", "a", values{"false"}, true},
		{"Null", "a", values{"true"}, false},
		{"ForAllValues:StringEquals", "a", values{"a"}, true},
		{"ForAnyValue:StringEquals", "b", values{"a"}, false},
	}
	for _, c := range cases {
		op, err := parseOperator(c.operator)
		if err != nil {
			t.Fatal(err)
		}
		if got := op.holds(c.value, true, c.wanted); got != c.holds {
			t.Errorf("%s of %q and %q: %v, want %v", c.operator, c.value, c.wanted, got, c.holds)
		}
	}
}

// TestAbsentKey wants IAM's rules for a key that the request doesn't have.
func TestAbsentKey(t *testing.T) {
	holds := map[string]bool{
		"StringEquals": false, "StringNotEquals": true, "StringLike": false, "StringNotLike": true,
		"StringEqualsIfExists": true, "StringNotEqualsIfExists": true,
		"NumericLessThan": false, "NumericLessThanIfExists": true, "NumericNotEquals": true,
		"DateGreaterThan": false, "Bool": false, "BoolIfExists": true,
		"ArnNotLike": true, "NotIpAddress": true, "IpAddress": false,
		"ForAllValues:StringEquals": true, "ForAnyValue:StringEquals": false, "ForAnyValue:StringNotEquals": false,
		"Null": true,
	}
	for name, wanted := range holds {
		op, err := parseOperator(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := op.holds("", false, values{"true"}); got != wanted {
			t.Errorf("%s of an absent key: %v, want %v", name, got, wanted)
		}
	}
}

func parsed(t *testing.T, text string) Policy {
	t.Helper()
	policy, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestForRequest(t *testing.T) {
	cases := map[string]struct {
		statement string
		keys      Keys
		want      string
	}{
		"condition that holds goes": {
			`"Principal":"*","Action":"*","Condition":{"StringEquals":{"S3:Object-Lock-Mode":"GOVERNANCE"}}`,
			Keys{"s3:object-lock-mode": "GOVERNANCE"},
			`"Principal":{"AWS":["*"]},"Action":["s3:*"]`,
		},
		"condition that doesn't hold takes its statement along": {
			`"Principal":"*","Action":"*","Condition":{"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}}`,
			Keys{"s3:object-lock-mode": "COMPLIANCE"}, ``,
		},
		"other keys stay": {
			`"Principal":"*","Action":"s3:GetObject","Condition":{"StringEquals":{"s3:prefix":"a","s3:object-lock-mode":"GOVERNANCE"}}`,
			Keys{"s3:object-lock-mode": "GOVERNANCE"},
			`"Principal":{"AWS":["*"]},"Action":["s3:GetObject"],"Condition":{"StringEquals":{"s3:prefix":["a"]}}`,
		},
		"everybody among others": {
			`"Principal":{"AWS":["arn:aws:iam::1:root","*"]},"Action":"s3:GetObject"`, nil,
			`"Principal":{"AWS":["*"]},"Action":["s3:GetObject"]`,
		},
		"unknown action": {
			`"Principal":"*","Action":["s3:GetObject","s3:Fly"]`,
			nil,
			`"Principal":{"AWS":["*"]},"Action":["s3:GetObject"]`,
		},
		"service":      {`"Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject"`, nil, ``},
		"NotPrincipal": {`"NotPrincipal":{"AWS":"arn:aws:iam::1:root"},"Action":"s3:*"`, nil, ``},
		"NotAction":    {`"Principal":"*","NotAction":"s3:GetObject"`, nil, ``},
		"unknown op":   {`"Principal":"*","Action":"s3:*","Condition":{"Maybe":{"s3:if-match":"a"}}`, nil, ``},
		"absent, negated": {
			`"Principal":"*","Action":"s3:*","Condition":{"StringNotEquals":{"s3:if-match":"a"}}`,
			nil,
			`"Principal":{"AWS":["*"]},"Action":["s3:*"]`,
		},
	}
	for name, c := range cases {
		const rest = `,"Resource":["arn:aws:s3:::b/*"]`
		policy := parsed(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny",`+c.statement+rest+`}]}`)
		wanted := `{"Version":"2012-10-17","Statement":[]}`
		if c.want != "" {
			head, condition, _ := strings.Cut(c.want, `,"Condition"`)
			if condition != "" {
				condition = `,"Condition"` + condition
			}
			wanted = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny",` + head + rest + condition + `}]}`
		}
		got, err := policy.For(c.keys).JSON()
		if err != nil || string(got) != wanted {
			t.Errorf("%s:\n got %s, %v\nwant %s", name, got, err, wanted)
		}
	}
}

func TestValidate(t *testing.T) {
	const good = `"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*"`
	if err := parsed(t, `{"Statement":{`+good+`}}`).Validate("b"); err != nil {
		t.Errorf("a good policy: %v", err)
	}
	for _, action := range []string{"s3:putobject", "S3:Get*", "*", "s3:ReplicateObject", "s3:PutBucketAbac"} {
		resource := `"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]`
		if err := parsed(t, `{"Statement":{"Effect":"Deny","Principal":"*","Action":"`+action+`",`+resource+
			`}}`).Validate("b"); err != nil {
			t.Errorf("%s: %v", action, err)
		}
	}
	for _, fitting := range []string{
		`"Principal":{"AWS":["000000000000","arn:aws:iam::000000000000:root"]},"Action":["s3:PutObject","s3:PutObjectRetention"],` +
			`"Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}}`,
		`"Principal":"*","Action":["s3:Put*","s3:ListBucket"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],` +
			`"Condition":{"StringEquals":{"s3:prefix":"a"},"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","::1"]}}`,
		`"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",` +
			`"Condition":{"Null":{"aws:SourceIp":"true"},"StringNotEquals":{"aws:VpceOrgID":"o-a1b2c3d4e5"}}`,
		`"Principal":"*","Action":["s3:PutObjectRetention","s3:BypassGovernanceRetention"],"Resource":"arn:aws:s3:::b/*",` +
			`"Condition":{"StringEquals":{"s3:object-lock-mode":"COMPLIANCE"}}`,
	} {
		if err := parsed(t, `{"Statement":{"Effect":"Deny",`+fitting+`}}`).Validate("b"); err != nil {
			t.Errorf("%s: %v", fitting, err)
		}
	}
	bad := map[string]string{
		"version":        `{"Version":"2020-01-01","Statement":[{` + good + `}]}`,
		"effect":         `{"Statement":[{"Effect":"Maybe","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`,
		"no principal":   `{"Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`,
		"two principals": `{"Statement":[{` + good + `,"NotPrincipal":"*"}]}`,
		"name":           `{"Statement":[{"Effect":"Deny","Principal":"me","Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`,
		"kind":           `{"Statement":[{"Effect":"Deny","Principal":{"Cat":"me"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`,
		"no names":       `{"Statement":[{"Effect":"Deny","Principal":{"AWS":[]},"Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`,
		"no action":      `{"Statement":[{"Effect":"Deny","Principal":"*","Resource":"arn:aws:s3:::b"}]}`,
		"other service":  `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"ec2:*","Resource":"arn:aws:s3:::b"}]}`,
		"unknown action": `{"Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:*","s3:Nope"],"Resource":"arn:aws:s3:::b/*"}]}`,
		"unknown start":  `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:Nope*","Resource":"arn:aws:s3:::b/*"}]}`,
		"not an action":  `{"Statement":[{"Effect":"Deny","Principal":"*","NotAction":"s3:Nope","Resource":"arn:aws:s3:::b/*"}]}`,
		"wrong resource": `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject*","Resource":"arn:aws:s3:::b"}]}`,
		"no resource's":  `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:CreateJob","Resource":"arn:aws:s3:::b"}]}`,
		"other bucket":   `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bb/*"}]}`,
		"no resource":    `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*"}]}`,
		"bob":            `{"Statement":[{"Effect":"Deny","Principal":{"AWS":"bob"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`,
		"deleted user":   `{"Statement":[{"Effect":"Deny","Principal":{"AWS":"AIDAJQABLZS4A3QDU576Q"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`,
		"wildcard":       `{"Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:role/*"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`,
		"not an address": `{"Statement":[{` + good + `,"Condition":{"IpAddress":{"aws:SourceIp":"not-an-ip"}}}]}`,
		"global key":     `{"Statement":[{` + good + `,"Condition":{"StringEquals":{"aws:SourceIP4":"a"}}}]}`,
		"prefix of get":  `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"s3:prefix":"a"}}}]}`,
		"mode of one":    `{"Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:PutObject","s3:GetObject"],"Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"s3:object-lock-mode":"a"}}}]}`,
		"no value":       `{"Statement":[{` + good + `,"Condition":{"StringEquals":{"aws:SourceIp":[]}}}]}`,
	}
	for name, text := range bad {
		if err := parsed(t, text).Validate("b"); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for _, text := range []string{
		"", "[]", " {}", "{", `{"Statement":[]}x`, `{"Sentence":[]}`, `{"Statement":[{"Efect":"Deny"}]}`,
		`{"Statement":[{"Action":{}}]}`,
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q: parsed", text)
		}
	}
}

// TestKeysOutsideARequest wants no key, and no panic.
func TestKeysOutsideARequest(t *testing.T) {
	if keys := RequestKeys(context.Background()); len(keys) != 0 {
		t.Errorf("keys %v", keys)
	}
}

// FuzzParse wants every policy that is taken to be one that versitygw can be
// given.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		policy, err := Parse(text)
		if err != nil || policy.Validate("b") != nil {
			return
		}
		data, err := policy.For(Keys{"s3:if-match": "a"}).JSON()
		if err != nil || !json.Valid(data) {
			t.Errorf("%s: %s, %v", text, data, err)
		}
	})
}
