package settings_test

import (
	"testing"

	"datalock/settings"
)

// TestOneMistakeEach has settings whose one mistake must not be followed by
// another that follows from it, or by a fix for something else.
func TestOneMistakeEach(t *testing.T) {
	file := func(more string) string { return `{"region": "us-east-1", "account": "012345678901", ` + more + `}` }
	in := func(bucket string) string { return file(`"buckets": {"b": {` + bucket + `}}`) }
	backend := func(more string) string { return file(`"buckets": {"b": {}}, "backend": {` + more + `}`) }
	const text = "must be a number, but is a string; write a whole number without quotes"
	for _, c := range []struct{ name, json, want string }{
		{"days in quotes", in(`"retention": {"days": "20", "maximumDays": 30}`), `buckets.b.retention.days = "20": ` + text},
		{"years in quotes", in(`"retention": {"years": "9", "confirmRetentionDays": 3285}`),
			`buckets.b.retention.years = "9": ` + text},
		{"days in quotes, and renewals", in(`"retention": {"days": "20"}, "renew": {"keepDays": 30, "whenLeftDays": 9}`),
			`buckets.b.retention.days = "20": ` + text},
		{"a maximum below the days", in(`"retention": {"days": 40, "maximumDays": 30}`),
			`buckets.b.retention.maximumDays = 30: is less than the default retention of 40 days; write 40 or more, or shorten ` +
				`the retention`},
		{"evidence that isn't an object", in(`"evidence": true, "inventory": {}, "accessLogs": true, "batch": true`),
			`buckets.b.evidence = true: must be an object, but is true or false; write an object, { … }`},
		{"no evidence", in(`"inventory": {}`),
			`buckets.b.inventory: requires "evidence", the bucket for the lists; set "evidence": {} in the same bucket, or ` +
				`remove the key`},
		{"a negative length", in(`"renew": {"keepDays": -5, "whenLeftDays": 9}`),
			`buckets.b.renew.keepDays = -5: must be from 90, the default retention, to 3650, the longest that the bucket ` +
				`allows; write a number of days such as 365`},
		{"a name of the state's bucket", backend(`"s3": {"bucket": "states-of-acme", "name": "x"}`),
			`backend.s3.name: unknown key; remove it, or use one of bucket, key, region, endpoint, useLockfile, encrypt`},
		{"a name of the workspace", backend(`"cloud": {"organization": "acme", "name": "x"}`),
			`backend.cloud.name: unknown key; it belongs in "workspaces"`},
		{"a name of the datalock", file(`"buckets": {"b": {}}, "name": "x"`),
			`name: unknown key; it belongs in a bucket, inside "buckets"`},
		{"a scope of two lines", file(`"buckets": {"b": {}}, "check": {"scope": ["a\n::error::b"]}`),
			`check.scope[0] = "a\n::error::b": has a character that can't be printed; remove it`},
		{"a scope", file(`"buckets": {"b": {}}, "check": {"scope": ["module.m[\"ä b\"].*"]}`), ""},
	} {
		got := ""
		if _, err := settings.Decode([]byte(c.json)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestStateRegion: a state on AWS can't be in the Region of another server.
func TestStateRegion(t *testing.T) {
	const aws = `must be the code of an AWS Region; use a code such as "us-east-1" or "eu-central-1"`
	for _, c := range []struct{ region, backend, want string }{
		{"garage", `"bucket": "states-of-acme"`, `backend.s3.region = "garage": ` + aws},
		{"garage", `"bucket": "states-of-acme", "region": "garage"`, `backend.s3.region = "garage": ` + aws},
		{"garage", `"bucket": "states-of-acme", "region": "eu-west-1"`, ""},
		{"garage", `"bucket": "states-of-acme", "endpoint": "https://s3.example.com"`, ""},
		{"us-east-1", `"bucket": "states-of-acme"`, ""},
	} {
		got := ""
		if _, err := settings.Decode([]byte(`{"region": "` + c.region + `", "endpoint": "https://s3.example.com", ` +
			`"buckets": {"b": {}}, "backend": {"s3": {` + c.backend + `}}}`)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s, %s: got %q, want %q", c.region, c.backend, got, c.want)
		}
	}
}
