package settings_test

import (
	"strings"
	"testing"

	"datalock/settings"
)

// inBucket is a file with one bucket of the given settings.
func inBucket(bucket string) string {
	return `{"region": "us-east-1", "account": "012345678901", "buckets": {"a1": {` + bucket + `}}}`
}

// inFile is a file with more settings besides its bucket.
func inFile(more string) string {
	return `{"region": "us-east-1", "buckets": {"a1": {}}, ` + more + `}`
}

// TestBounds has the last allowed value and the first that isn't, with a part
// of its message.
func TestBounds(t *testing.T) {
	guardian := func(path int) string {
		return inBucket(`"guardians": ["arn:aws:iam::012345678901:role/` + strings.Repeat("p", path-2) + `/r"]`)
	}
	for _, c := range []struct{ name, allowed, refused, want string }{
		{
			"a price",
			inFile(`"check": {"pricePerTBMonth": 100000}`),
			inFile(`"check": {"pricePerTBMonth": 100000.01}`),
			"at most 100000",
		},
		{"a volume", inBucket(`"expectedTB": 1000000`), inBucket(`"expectedTB": 1000001`), "at most 1000000"},
		{
			"a name with the first and last letters and numbers",
			inBucket(`"name": "za09z"`),
			inBucket(`"name": "{a0"`),
			"lower-case letters",
		},
		{
			"a name that begins with a number",
			inBucket(`"name": "0az"`),
			inBucket(`"name": ".az"`),
			"must start with a letter or a number",
		},
		{
			"a name that ends with the last number",
			inBucket(`"name": "9a9"`),
			inBucket(`"name": "9a-"`),
			"must end with a letter or a number",
		},
		{"a ceiling below the longest retention",
			inBucket(`"retention": {"days": 36500, "maximumDays": 36500, "confirmRetentionDays": 36500}`),
			inBucket(`"retention": {"days": 36500, "maximumDays": 36499, "confirmRetentionDays": 36500}`),
			"is less than the default retention"},
		{
			"days until an upload is aborted",
			inBucket(`"lifecycle": {"abortIncompleteMultipartUploadDays": 36500}`),
			inBucket(`"lifecycle": {"abortIncompleteMultipartUploadDays": 36501}`),
			"36500",
		},
		{
			"days until a version expires",
			inBucket(`"lifecycle": {"noncurrentVersionExpirationDays": 36500}`),
			inBucket(`"lifecycle": {"noncurrentVersionExpirationDays": 36501}`),
			"36500",
		},
		{
			"days until a version moves",
			inBucket(`"lifecycle": {"transitions": [{"days": 36500, "storageClass": "GLACIER"}]}`),
			inBucket(`"lifecycle": {"transitions": [{"days": 36501, "storageClass": "GLACIER"}]}`),
			"36500",
		},
		{"a guardian's path", guardian(512), guardian(513), "but IAM allows"},
		{
			"a session for a role",
			guardian(10),
			inBucket(`"guardians": ["arn:aws:sts::012345678901:assumed-role/a/s"]`),
			"use the role of the session",
		},
		{
			"a user of AWS STS for a role",
			guardian(10),
			inBucket(`"guardians": ["arn:aws:sts::012345678901:federated-user/u"]`),
			"must be the ARN of an IAM role",
		},
		{
			"a host with a port",
			inFile(`"backend": {"cloud": {"organization": "acme", "hostname": "tfe.acme.example:8443"}}`),
			inFile(`"backend": {"cloud": {"organization": "acme", "hostname": "tfe.acme.example:99999"}}`),
			"with an optional port",
		},
		{
			"two backends",
			inFile(`"backend": {"cloud": {"organization": "acme"}}`),
			inFile(`"backend": {"cloud": {"organization": "acme"}, "s3": {"bucket": "acme-states"}}`),
			"s3 and cloud are set",
		},
		{
			"a key of local",
			inFile(`"backend": {"local": {}}`),
			inFile(`"backend": {"local": {"pat": "x"}}`),
			"backend.local.pat: unknown key",
		},
		{
			"a key of the backend",
			inFile(`"backend": {"local": {}}`),
			inFile(`"backend": {"local": {}, "remote": {}}`),
			"backend.remote: unknown key",
		},
		{
			"a key of workspaces",
			inFile(`"backend": {"cloud": {"organization": "acme", "workspaces": {}}}`),
			inFile(`"backend": {"cloud": {"organization": "acme", "workspaces": {"tag": "x"}}}`),
			"workspaces.tag: unknown key",
		},
		{
			"a key of cloud",
			inFile(`"backend": {"cloud": {"organization": "acme"}}`),
			inFile(`"backend": {"cloud": {"organization": "acme", "token": "x"}}`),
			"backend.cloud.token: unknown key",
		},
		{
			"a key of the lifecycle",
			inBucket(`"lifecycle": {}`),
			inBucket(`"lifecycle": {"expire": 1}`),
			"lifecycle.expire: unknown key",
		},
		{
			"days of a transition",
			inBucket(`"lifecycle": {"transitions": [{"days": 0, "storageClass": "GLACIER"}]}`),
			inBucket(`"lifecycle": {"transitions": [{"storageClass": "GLACIER"}]}`),
			"days: missing",
		},
		{
			"three of one exception",
			inFile(`"exceptions": [` + goodException + `]`),
			inFile(`"exceptions": [` + goodException + `, ` + goodException + `, ` + goodException + `]`),
			"exceptions[2]: has the same rule, address and stack as exceptions[0]",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := settings.Decode([]byte(c.allowed)); err != nil {
				t.Errorf("%s: %v", c.allowed, err)
			}
			if _, err := settings.Decode([]byte(c.refused)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want %q", c.refused, err, c.want)
			}
		})
	}
}

// TestTransitionDaysOnce: a wrong type is one mistake; days that can't be read
// aren't also reported as missing.
func TestTransitionDaysOnce(t *testing.T) {
	_, err := settings.Decode([]byte(inBucket(`"lifecycle": {"transitions": [{"days": "30", "storageClass": ` +
		`"GLACIER"}]}`)))
	if err == nil || strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v, want the type alone", err)
	}
}
