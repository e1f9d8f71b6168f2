package settings_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/settings"
)

const goodException = `{"rule": "retention-shortened", "address": "aws_s3_bucket.bucket", "reason": "r", "until": ` +
	`"2027-01-31"}`

func decodeExceptions(exceptions string) (settings.Settings, error) {
	return settings.Decode([]byte(`{"region": "us-east-1", "buckets": {"a1": {}}, "exceptions": ` + exceptions + `}`))
}

func TestExceptions(t *testing.T) {
	s, err := decodeExceptions(`[` + goodException +
		`, {"rule": "destroyed", "address": "module.a[\"x.y\"].module.b.aws_kms_key.key[0]", "reason": "moved to another ` +
		`account", "until": "2028-02-29"}]`)
	if err != nil {
		t.Fatal(err)
	}
	want := []settings.Exception{
		{Rule: "retention-shortened", Address: "aws_s3_bucket.bucket", Reason: "r", Until: "2027-01-31"},
		{
			Rule:    "destroyed",
			Address: `module.a["x.y"].module.b.aws_kms_key.key[0]`,
			Reason:  "moved to another account",
			Until:   "2028-02-29",
		},
	}
	if !reflect.DeepEqual(s.Exceptions, want) {
		t.Errorf("got %+v, want %+v", s.Exceptions, want)
	}
}

// TestAuditExceptions accepts the rules that only an audit has, at the addresses
// that it gives them.
func TestAuditExceptions(t *testing.T) {
	for _, rule := range append(settings.AuditRuleNames(), settings.RuleNames()...) {
		taken := map[string]bool{}
		for _, address := range []string{"s3://acme-data", "aws_s3_bucket.bucket"} {
			s, err := decodeExceptions(`[{"rule": "` + rule + `", "address": "` + address +
				`", "reason": "r", "until": "2027-01-31"}]`)
			taken[address] = err == nil
			if err == nil && s.Exceptions[0].OnlyAudit() != slices.Contains(settings.AuditRuleNames(), rule) {
				t.Errorf("%s: only of an audit is %v", rule, s.Exceptions[0].OnlyAudit())
			}
		}
		versions := slices.Contains([]string{"unlocked", "weaker-mode", "ends-soon", "shadowed", "hidden"}, rule)
		want := map[string]bool{"s3://acme-data": versions || rule == "event-hold", "aws_s3_bucket.bucket": !versions}
		if !maps.Equal(taken, want) {
			t.Errorf("%s: taken %v, want %v", rule, taken, want)
		}
	}
}

func TestExceptionMistakes(t *testing.T) {
	const name = "; copy the rule's name from the finding, such as \"retention-shortened\""
	const resource = "; copy the resource's address from the finding, such as \"aws_s3_bucket.bucket\""
	const bucket = "; copy the bucket's address from the finding, such as \"s3://acme-data\""
	const day = "; write the last day on which it applies, such as \"2027-01-31\""
	for _, c := range []struct{ name, json, want string }{
		{"no list", `{}`, `exceptions = {…}: must be a list, but is an object; write [{ … }, { … }]`},
		{
			"no object",
			`["destroyed"]`,
			`exceptions[0] = "destroyed": must be an object, but is a string; write an object, { … }`,
		},
		{"empty", `[{}]`, "exceptions[0].rule: missing" + name + "\nexceptions[0].address: missing" + resource +
			"\nexceptions[0].reason: missing; explain why the change is wanted\nexceptions[0].until: missing" + day},
		{
			"any rule",
			`[{"rule": "*", "address": "aws_s3_bucket.bucket", "reason": "r", "until": "2027-01-31"}]`,
			`exceptions[0].rule = "*": unknown rule` + name,
		},
		{
			"no such rule",
			`[{"rule": "mode-weekend", "address": "aws_s3_bucket.bucket", "reason": "r", "until": "2027-01-31"}]`,
			`exceptions[0].rule = "mode-weekend": unknown rule; did you mean "mode-weakened"?`,
		},
		{
			"any address",
			`[{"rule": "destroyed", "address": "*", "reason": "r", "until": "2027-01-31"}]`,
			`exceptions[0].address = "*": must be the address of one resource, without patterns` + resource,
		},
		{"no such rule of an audit",
			`[{"rule": "unlockt", "address": "s3://acme-data", "reason": "r", "until": "2027-01-31"}]`,
			`exceptions[0].rule = "unlockt": unknown rule; did you mean "unlocked"?`},
		{
			"a resource for versions",
			`[{"rule": "ends-soon", "address": "aws_s3_bucket.bucket", "reason": "r", "until": "2027-01-31"}]`,
			`exceptions[0].address = "aws_s3_bucket.bucket": must be s3:// and the name of one bucket, for a rule about ` +
				`versions` + bucket,
		},
		{
			"any bucket",
			`[{"rule": "hidden", "address": "s3://*", "reason": "r", "until": "2027-01-31"}]`,
			`exceptions[0].address = "s3://*": must be s3:// and the name of one bucket, for a rule about versions` + bucket,
		},
		{
			"no bucket",
			`[{"rule": "hidden", "reason": "r", "until": "2027-01-31"}]`,
			`exceptions[0].address: missing` + bucket,
		},
		{
			"a bucket for a resource",
			`[{"rule": "lifecycle-changed", "address": "s3://acme-data", "reason": "r", "until": "2027-01-31"}]`,
			`exceptions[0].address = "s3://acme-data": must be the address of one resource, without patterns` + resource,
		},
		{
			"a bucket for a rule of check",
			`[{"rule": "destroyed", "address": "s3://acme-data", "reason": "r", "until": "2027-01-31"}]`,
			`exceptions[0].address = "s3://acme-data": must be the address of one resource, without patterns` + resource,
		},
		{
			"no such day",
			`[{"rule": "destroyed", "address": "aws_s3_bucket.bucket", "reason": "r", "until": "2027-02-29"}]`,
			`exceptions[0].until = "2027-02-29": must be an existing day, as YYYY-MM-DD` + day,
		},
		{
			"for ever",
			`[{"rule": "destroyed", "address": "aws_s3_bucket.bucket", "reason": "r", "until": "never"}]`,
			`exceptions[0].until = "never": must be an existing day, as YYYY-MM-DD` + day,
		},
		{
			"a blank reason",
			`[{"rule": "destroyed", "address": "aws_s3_bucket.bucket", "reason": " ", "until": "2027-01-31"}]`,
			`exceptions[0].reason: missing; explain why the change is wanted`,
		},
		{
			"unknown key",
			`[{"rules": "destroyed", "rule": "destroyed", "address": "aws_s3_bucket.bucket", "reason": "r", "until": ` +
				`"2027-01-31"}]`,
			`exceptions[0].rules: unknown key; did you mean "rule"?`,
		},
		{
			"twice",
			`[` + goodException + `, ` + goodException + `]`,
			`exceptions[1]: has the same rule, address and stack as exceptions[0]; remove one`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := decodeExceptions(c.json); err == nil || err.Error() != c.want {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

// TestExceptionStack holds that an exception is for one stack if there are several.
func TestExceptionStack(t *testing.T) {
	const lock, versions = `"rule": "destroyed", "address": "aws_s3_bucket.bucket"`, `"rule": "hidden", "address": "s3://acme-a"`
	const inModule = `"rule": "destroyed", "address": "module.data.aws_s3_bucket_policy.p"`
	const missing = "missing, because there are several stacks and each has this address; write the name of a stack, a key " +
		"of \"buckets\", such as \"data\""
	for _, c := range []struct{ name, stacks, first, second, want string }{
		{"one stack", `"data": {}`, lock, "", ""},
		{"one stack, named", `"data": {}`, lock + `, "stack": "data"`, "", ""},
		{"several stacks", `"data": {}, "raw": {}`, lock, "", "exceptions[0].stack: " + missing},
		{"several stacks, one named", `"data": {}, "raw": {}`, lock + `, "stack": "raw"`, "", ""},
		{"several stacks, each named", `"data": {}, "raw": {}`, lock + `, "stack": "raw"`, lock + `, "stack": "data"`, ""},
		{"twice", `"data": {}, "raw": {}`, lock + `, "stack": "raw"`, lock + `, "stack": "raw"`,
			"exceptions[1]: has the same rule, address and stack as exceptions[0]; remove one"},
		{"several stacks, and an address with the bucket", `"data": {}, "raw": {}`, versions, "", ""},
		{"several stacks, and an address in a module", `"data": {}, "raw": {}`, inModule, "", ""},
		{"no such stack", `"data": {}, "raw": {}`, lock + `, "stack": "row"`, "",
			`exceptions[0].stack = "row": isn't a stack of this file; did you mean "raw"?`},
		{"no stack at all like it", `"data": {}`, lock + `, "stack": "x"`, "",
			`exceptions[0].stack = "x": isn't a stack of this file; write the name of a stack, a key of "buckets", such as "data"`},
	} {
		var all []string
		for _, e := range []string{c.first, c.second} {
			if e != "" {
				all = append(all, `{`+e+`, "reason": "r", "until": "2027-01-31"}`)
			}
		}
		_, err := settings.Decode([]byte(`{"region": "us-east-1", "buckets": {` + c.stacks + `}, "exceptions": [` +
			strings.Join(all, ", ") + `]}`))
		if got := fmt.Sprint(err); got != c.want && (err != nil || c.want != "") {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestExpired(t *testing.T) {
	e := settings.Exception{Until: "2027-01-31"}
	for now, want := range map[string]bool{
		"2026-06-01T00:00:00Z": false, "2027-01-31T23:59:59Z": false, "2027-02-01T00:00:00Z": true,
		"2027-01-31T20:00:00-05:00": true, "2027-02-01T05:00:00+09:00": false,
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if e.Expired(at) != want {
			t.Errorf("at %s expired is %v, want %v", now, !want, want)
		}
	}
	if !(settings.Exception{Until: "soon"}).Expired(time.Time{}) {
		t.Error("an exception without a readable day still counts")
	}
}
