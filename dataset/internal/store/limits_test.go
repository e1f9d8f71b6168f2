package store

import (
	"fmt"
	"slices"
	"testing"
)

// TestLimits: a limit counts if it surely applies to the uploads; if it may, it
// is named; otherwise it is nothing.
func TestLimits(t *testing.T) {
	const days = `"Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":"100"}}`
	statement := func(who, action, resource, condition string) string {
		return fmt.Sprintf(`{"Sid":"S","Effect":"Deny",%s,"Action":%q,"Resource":%q,%s}`, who, action, resource, condition)
	}
	const everybody = `"Principal":"*"`
	for _, c := range []struct {
		what, statement string
		floor           int
		unjudged        bool
	}{
		{"exact", statement(everybody, "s3:PutObject", "arn:aws:s3:::data/*", days), 100, false},
		{"in lower case", statement(everybody, "s3:putobject", "arn:aws:s3:::data/*", days), 100, false},
		{"PutObject*", statement(everybody, "s3:PutObject*", "arn:aws:s3:::data/*", days), 100, false},
		{"Put*", statement(everybody, "s3:Put*", "arn:aws:s3:::*", days), 100, false},
		{"a question mark", statement(everybody, "s3:PutObjec?", "*", days), 100, false},
		{"everything", statement(everybody, "*", "arn:aws:s3:::data/set/*", days), 100, false},
		{"other actions", statement(everybody, "s3:PutObjectR*", "arn:aws:s3:::data/*", days), 0, false},
		{"another prefix", statement(everybody, "s3:PutObject", "arn:aws:s3:::data/other/*", days), 0, false},
		{"a longer prefix", statement(everybody, "s3:PutObject", "arn:aws:s3:::data/sets/*", days), 0, false},
		{"the bucket", statement(everybody, "s3:PutObject", "arn:aws:s3:::data", days), 0, false},
		{"some keys", statement(everybody, "s3:PutObject", "arn:aws:s3:::data/set/train/*", days), 0, true},
		{"by suffix", statement(everybody, "s3:PutObject", "arn:aws:s3:::data/*.bin", days), 0, true},
		{"a variable", statement(everybody, "s3:PutObject", "arn:aws:s3:::data/${aws:username}/*", days), 0, true},
		{"one principal", statement(`"Principal":{"AWS":"arn:aws:iam::1:role/x"}`, "s3:PutObject", "*", days), 0, true},
		{"exempted", statement(`"NotPrincipal":{"AWS":"arn:aws:iam::1:role/x"}`, "s3:PutObject", "*", days), 0, true},
		{"a further condition", statement(everybody, "s3:PutObject", "arn:aws:s3:::data/*",
			`"Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":"100"},`+
				`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::1:role/x"}}`), 0, true},
		{"NotResource elsewhere", `{"Sid":"S","Effect":"Deny","Principal":"*","Action":"s3:*",` +
			`"NotResource":"arn:aws:s3:::data/set/*",` + days + `}`, 0, false},
		{"NotResource", `{"Sid":"S","Effect":"Deny","Principal":"*","Action":"s3:*",` +
			`"NotResource":"arn:aws:s3:::data/other/*",` + days + `}`, 100, false},
		{"NotAction", `{"Sid":"S","Effect":"Deny","Principal":"*","NotAction":"s3:Get*","Resource":"*",` + days + `}`,
			100, false},
		{"allowed", `{"Sid":"S","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*",` + days + `}`, 0, false},
	} {
		var s Settings
		s.readPolicy(`{"Version":"2012-10-17","Statement":[`+c.statement+`]}`, "data", "set/")
		if !s.PolicyRead || s.Upload != (Limits{Floor: c.floor}) || slices.Contains(s.Unjudged, "S") != c.unjudged {
			t.Errorf("%s: %+v, %+v, unjudged %v", c.what, s.PolicyRead, s.Upload, s.Unjudged)
		}
	}
	for _, c := range []struct {
		what, resource, condition string
		denied                    bool
	}{
		{"all keys", "arn:aws:s3:::data/*", `"StringEquals":{"s3:object-lock-mode":["GOVERNANCE"]}`, true},
		{"some keys", "arn:aws:s3:::data/set/train/*", `"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}`, false},
		{"the other mode", "arn:aws:s3:::data/*", `"StringEquals":{"s3:object-lock-mode":"COMPLIANCE"}`, false},
		{"another operator", "arn:aws:s3:::data/*", `"StringNotEquals":{"s3:object-lock-mode":"GOVERNANCE"}`, false},
		{"a further condition", "arn:aws:s3:::data/*",
			`"StringEquals":{"s3:object-lock-mode":"GOVERNANCE","aws:PrincipalAccount":"1"}`, false},
	} {
		var s Settings
		s.readPolicy(`{"Statement":[`+statement(everybody, "s3:PutObject*", c.resource, `"Condition":{`+c.condition+`}`)+`]}`,
			"data", "set/")
		if slices.Contains(s.DeniedModes, "GOVERNANCE") != c.denied {
			t.Errorf("a mode for %s: denied are %q", c.what, s.DeniedModes)
		}
	}
	var s Settings
	if s.readPolicy("{", "data", "set/"); s.PolicyRead {
		t.Error("a policy that isn't JSON was read")
	}
}
