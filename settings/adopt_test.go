package settings_test

import (
	"slices"
	"testing"

	"datalock/settings"
)

const adoptable = "aws_s3_bucket_versioning, aws_s3_bucket_object_lock_configuration, " +
	"aws_s3_bucket_public_access_block, " +
	"aws_s3_bucket_ownership_controls, aws_s3_bucket_server_side_encryption_configuration, aws_s3_bucket_policy, " +
	"aws_s3_bucket_lifecycle_configuration"

func TestAdoptMistakes(t *testing.T) {
	const unknown = `must be the Terraform type of a configuration that this stack declares; `
	check(t, inAccount, []guarded{
		{"a bucket with all configurations",
			`{"name": "abc", "adopt": ["aws_s3_bucket_versioning", "aws_s3_bucket_object_lock_configuration",
			"aws_s3_bucket_public_access_block", "aws_s3_bucket_ownership_controls", "aws_s3_bucket_server_side_encryption_configuration",
			"aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_policy"]}`, ""},
		{"a bucket without configurations", `{"name": "abc", "adopt": []}`, ""},
		{"the parts of the topology",
			`{"name": "abc", "evidence": {}, "accessLogs": true, "inventory": {}, "replica": {"region": "eu-west-1"},
			"dataEvents": {}, "adopt": ["aws_s3_bucket_logging", "aws_s3_bucket_inventory", "aws_s3_bucket_replication_configuration",
			"aws_s3_bucket_notification"]}`, ""},
		{"no name", `{"adopt": []}`,
			`buckets.b.adopt: requires "name", because a bucket that exists is found by its name; set "name" to the bucket's ` +
				`full name, or remove the key to create a bucket`},
		{"a prefix", `{"namePrefix": "abc-", "adopt": []}`,
			`buckets.b.adopt: requires "name", because a bucket that exists is found by its name; set "name" to the bucket's ` +
				`full name, or remove the key to create a bucket`},
		{"everything wrong at once",
			`{"name": "abc", "adopt": ["aws_s3_bucket", "aws_s3_bucket_versionning", "aws_s3_bucket_policy", "aws_s3_bucket_policy",
			"aws_s3_bucket_logging", "aws_s3_bucket_notification", "object_lock", "aws_s3_bucket_website_configuration", ""]}`,
			`buckets.b.adopt[0] = "aws_s3_bucket": the bucket itself is always imported; remove it; the list is of the ` +
				`bucket's configurations` + "\n" +
				`buckets.b.adopt[1] = "aws_s3_bucket_versionning": ` + unknown + `did you mean "aws_s3_bucket_versioning"?` + "\n" +
				`buckets.b.adopt[3] = "aws_s3_bucket_policy": is also buckets.b.adopt[2]; remove one` + "\n" +
				`buckets.b.adopt[4] = "aws_s3_bucket_logging": is not declared with these settings, so it can't be imported; ` +
				`remove it, or set "accessLogs"` + "\n" +
				`buckets.b.adopt[5] = "aws_s3_bucket_notification": is not declared with these settings, so it can't be ` +
				`imported; remove it, or set "replica" and "dataEvents"` + "\n" +
				`buckets.b.adopt[6] = "object_lock": ` + unknown + `did you mean "aws_s3_bucket_object_lock_configuration"?` +
				"\n" +
				`buckets.b.adopt[7] = "aws_s3_bucket_website_configuration": ` + unknown + `remove it, or use one of ` +
				adoptable + "\n" +
				`buckets.b.adopt[8] = "": ` + unknown + `remove it, or use one of ` + adoptable},
		{"not a list", `{"name": "abc", "adopt": true}`,
			`buckets.b.adopt = true: must be a list, but is true or false; write ["…", "…"]`},
		{"not strings", `{"name": "abc", "adopt": [1]}`,
			`buckets.b.adopt[0] = 1: must be a string, but is a number; put it in quotes`},
	})
	check(t, atServer, []guarded{
		{"no lifecycle to import", `{"name": "abc", "lifecycle": {"enabled": false}, "adopt": ` +
			`["aws_s3_bucket_lifecycle_configuration"]}`,
			`buckets.b.adopt[0] = "aws_s3_bucket_lifecycle_configuration": is not declared with these settings, so it can't ` +
				`be imported; remove it, or set "lifecycle"`},
	})
}

// TestAdopted: an empty list is an adoption, and no list is none.
func TestAdopted(t *testing.T) {
	for json, want := range map[string][]string{
		`{}`: nil, `{"name": "abc", "adopt": []}`: {},
		`{"name": "abc", "adopt": ["aws_s3_bucket_policy"]}`: {"aws_s3_bucket_policy"},
	} {
		s, err := settings.Decode([]byte(anywhere + json + `}}`))
		if err != nil {
			t.Fatalf("%s: %v", json, err)
		}
		b := s.BucketOf("b")
		if b.Adopted() != (want != nil) || !slices.Equal(b.Adopt, want) {
			t.Errorf("%s: adopted %t, %q; want %q", json, b.Adopted(), b.Adopt, want)
		}
	}
}
