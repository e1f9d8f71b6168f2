package settings_test

import (
	"reflect"
	"testing"

	"datalock/settings"
)

// A guarded case is a bucket's JSON and all mistakes in it, one per line; none
// if it is valid.
type guarded struct{ name, bucket, want string }

// inAccount are settings with an account, which most guards need; elsewhere are
// settings without one.
const (
	inAccount = `{"region": "us-east-1", "account": "012345678901", "buckets": {"b": `
	anywhere  = `{"region": "us-east-1", "buckets": {"b": `
	inChina   = `{"region": "cn-north-1", "account": "012345678901", "buckets": {"b": `
	atServer  = `{"region": "us-east-1", "endpoint": "https://127.0.0.1:9000", "buckets": {"b": `
)

func check(t *testing.T, around string, cases []guarded) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if _, err := settings.Decode([]byte(around + c.bucket + `}}`)); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestGuards(t *testing.T) {
	check(t, anywhere, []guarded{
		{"nothing", `{}`, ""},
		{
			"the default, spelt out",
			`{"encryption": {"algorithm": "AES256"}, "minimumTLSVersion": "1.2", "deleteMarkers": "deny", "writeOnce": ` +
				`false, "guardians": [], "lifecycle": {}}`,
			"",
		},
		{"TLS 1.3", `{"minimumTLSVersion": "1.3"}`, ""},
		{"an old TLS", `{"minimumTLSVersion": "1.1"}`,
			`buckets.b.minimumTLSVersion = "1.1": must be 1.2 or 1.3; write "1.2" or "1.3", in quotes`},
		{"TLS as a number", `{"minimumTLSVersion": 1.2}`,
			`buckets.b.minimumTLSVersion = 1.2: must be a string, but is a number; put it in quotes`},
		{"delete markers allowed", `{"deleteMarkers": "allow"}`, ""},
		{"delete markers as a boolean", `{"deleteMarkers": true}`,
			`buckets.b.deleteMarkers = true: must be a string, but is true or false; write a value in quotes, or remove the ` +
				`key`},
		{"delete markers in capitals", `{"deleteMarkers": "Deny"}`,
			`buckets.b.deleteMarkers = "Deny": must be deny or allow; did you mean "deny"?`},
		{"write-once keys", `{"writeOnce": true}`, ""},
		{"write-once as a string", `{"writeOnce": "true"}`,
			`buckets.b.writeOnce = "true": must be true or false, but is a string; write true or false without quotes`},
		{"misspelt", `{"deleteMarker": "deny"}`,
			`buckets.b.deleteMarker: unknown key; did you mean "deleteMarkers"?`},
		{"keys of other objects", `{"keyArn": "x", "transitions": [], "maximumDays": 1}`,
			"buckets.b.keyArn: unknown key; it belongs in a bucket's \"encryption\"\n" +
				"buckets.b.transitions: unknown key; it belongs in a bucket's \"lifecycle\"\n" +
				`buckets.b.maximumDays: unknown key; it belongs in a bucket's "retention"`},
		{"all at once", `{"minimumTLSVersion": "2", "deleteMarkers": "no", "encryption": {"algorithm": "rot13"}, ` +
			`"guardians": ["me"], "lifecycle": {"abortIncompleteMultipartUploadDays": 0}, "retention": {"maximumDays": 5}}`,
			"buckets.b.retention.maximumDays = 5: is less than the default retention of 90 days; write 90 or more, or " +
				"shorten the retention\n" +
				"buckets.b.encryption.algorithm = \"rot13\": must be AES256 or aws:kms; use \"AES256\", whose keys nobody can " +
				"delete, or \"aws:kms\"\n" +
				"buckets.b.minimumTLSVersion = \"2\": must be 1.2 or 1.3; write \"1.2\" or \"1.3\", in quotes\n" +
				"buckets.b.deleteMarkers = \"no\": must be deny or allow; use \"deny\", or \"allow\" to leave the decision to " +
				"IAM\n" +
				"account: required with buckets.b.guardians: roles of another account could never change the bucket; set the ID " +
				"of the account that you deploy to\n" +
				"buckets.b.guardians[0] = \"me\": must be the ARN of an IAM role; use an ARN such as " +
				"\"arn:aws:iam::012345678901:role/deployer\"\n" +
				`buckets.b.lifecycle.abortIncompleteMultipartUploadDays = 0: must be a whole number from 1 to 36500; write a ` +
				`length in days, or remove the key to use its default`},
	})
}

func TestCeiling(t *testing.T) {
	check(t, anywhere, []guarded{
		{"the default retention itself", `{"retention": {"days": 90, "maximumDays": 90}}`, ""},
		{"AWS's longest", `{"retention": {"maximumDays": 36500}}`, ""},
		{"a day short", `{"retention": {"years": 1, "maximumDays": 364}}`,
			`buckets.b.retention.maximumDays = 364: is less than the default retention of 1 year; write 365 or more, or ` +
				`shorten the retention`},
		{"zero", `{"retention": {"maximumDays": 0}}`,
			`buckets.b.retention.maximumDays = 0: must be a whole number from 1 to 36500; write a length in days, such as ` +
				`"maximumDays": 3650, or remove the key`},
		{"negative", `{"retention": {"maximumDays": -1}}`,
			`buckets.b.retention.maximumDays = -1: must be a whole number from 1 to 36500; write a length in days, such as ` +
				`"maximumDays": 3650, or remove the key`},
		{"more than AWS takes", `{"retention": {"maximumDays": 36501}}`,
			`buckets.b.retention.maximumDays = 36501: must be a whole number from 1 to 36500; write a length in days, such ` +
				`as "maximumDays": 3650, or remove the key`},
	})
	for _, c := range []struct {
		retention settings.Retention
		want      int
	}{
		{settings.Retention{Days: 90}, 3650},
		{settings.Retention{Days: 90, MaximumDays: 100}, 100},
		{settings.Retention{Years: 20, ConfirmRetentionDays: 7300}, 7300},
		{settings.Retention{Days: 36500}, 36500},
	} {
		if got := c.retention.Ceiling(); got != c.want {
			t.Errorf("the ceiling of %+v is %d, want %d", c.retention, got, c.want)
		}
	}
}

func TestDefaultGuards(t *testing.T) {
	want := settings.Bucket{
		Retention:         settings.Retention{Mode: settings.Compliance, Days: 90},
		Encryption:        settings.Encryption{Algorithm: settings.AES256},
		MinimumTLSVersion: settings.TLS12,
		DeleteMarkers:     settings.DenyDeleteMarkers,
		Lifecycle:         settings.Lifecycle{AbortIncompleteMultipartUploadDays: 7},
		PreventDestroy:    true,
	}
	if got := settings.DefaultBucket(); !reflect.DeepEqual(got, want) {
		t.Errorf("the default bucket is\n%+v, want\n%+v", got, want)
	}
}

func TestEveryGuard(t *testing.T) {
	got, err := settings.Decode([]byte(`{"region": "us-east-1", "account": "012345678901", "buckets": {"b": {
		"region": "eu-west-1",
		"retention": {"maximumDays": 100},
		"encryption": {"algorithm": "aws:kms", "keyArn": "arn:aws:kms:eu-west-1:999999999999:key/mrk-0123456789abcdef0123456789abcdef"},
		"minimumTLSVersion": "1.3", "deleteMarkers": "allow", "writeOnce": true,
		"guardians": ["arn:aws:iam::012345678901:role/a", "arn:aws:iam::012345678901:role/x/y/b"],
		"lifecycle": {"abortIncompleteMultipartUploadDays": 1, "transitions": [{"days": 0, "storageClass": "GLACIER"}], "noncurrentVersionExpirationDays": 90}
	}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := settings.DefaultBucket()
	want.Region, want.Retention.MaximumDays = "eu-west-1", 100
	want.Encryption = settings.Encryption{
		Algorithm: settings.KMS,
		KeyARN:    "arn:aws:kms:eu-west-1:999999999999:key/mrk-0123456789abcdef0123456789abcdef",
	}
	want.MinimumTLSVersion, want.DeleteMarkers, want.WriteOnce = settings.TLS13, settings.AllowDeleteMarkers, true
	want.Guardians = []string{"arn:aws:iam::012345678901:role/a", "arn:aws:iam::012345678901:role/x/y/b"}
	want.Lifecycle = settings.Lifecycle{
		AbortIncompleteMultipartUploadDays: 1,
		Transitions:                        []settings.Transition{{StorageClass: settings.Glacier}},
		NoncurrentVersionExpirationDays:    90,
	}
	if b := got.Buckets["b"]; !reflect.DeepEqual(b, want) {
		t.Errorf("the bucket is\n%+v, want\n%+v", b, want)
	}
	want.NamePrefix, want.Account = "b-", "012345678901"
	if b := got.BucketOf("b"); !reflect.DeepEqual(b, want) {
		t.Errorf("the construct's bucket is\n%+v, want\n%+v", b, want)
	}
}
