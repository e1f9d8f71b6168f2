package awsprovider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"datalock/internal/awsprovider"
)

// edited returns what a change makes of a Terraform JSON, without spaces.
func edited(t *testing.T, text string, change func(path string) error) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cdk.tf.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := change(path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var compact map[string]any
	if err := json.Unmarshal(got, &compact); err != nil {
		t.Fatal(err)
	}
	plain, _ := json.Marshal(compact)
	return string(plain)
}

func TestWithoutEndpoints(t *testing.T) {
	text := `{"provider":{"aws":[{"endpoints":[{"s3":"https://127.0.0.1:1"}],"region":"r"}]},"terraform":{}}`
	got := edited(t, text, awsprovider.WithoutEndpoints)
	if want := `{"provider":{"aws":[{"region":"r"}]},"terraform":{}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	path := filepath.Join(t.TempDir(), "cdk.tf.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := awsprovider.WithoutEndpoints(path); err == nil {
		t.Error("what isn't JSON was accepted")
	}
}

func TestOnOneServer(t *testing.T) {
	got := edited(t, `{"provider":{"aws":[{"region":"r"},{"alias":"replica","region":"s"}]},
		"output":{"alarm_topic_arn":{"value":"arn"},"bucket_name":{"value":"b"}},"resource":{
		"aws_iam_role":{"batch_role":{}},"aws_iam_role_policy":{"batch_role_policy":{}},"aws_cloudtrail":{"trail":{}},
		"aws_sns_topic":{"alarms":{}},"aws_cloudwatch_event_rule":{"r":{}},"aws_cloudwatch_event_target":{"t":{}},
		"aws_s3_bucket_lifecycle_configuration":{"l":{}},
		"aws_s3_bucket_notification":{"notification":{"depends_on":["aws_sns_topic.alarms"]}},
		"aws_s3_bucket_policy":{"replica_policy":{"provider":"aws.replica","depends_on":["aws_iam_role_policy.r","aws_s3_bucket.b"]}}}}`,
		func(path string) error { return awsprovider.OnOneServer(path, "aws_s3_bucket_lifecycle_configuration") })
	if want := `{"output":{"bucket_name":{"value":"b"}},"provider":{"aws":[{"region":"r","s3_use_path_style":true,` +
		`"skip_credentials_validation":true,"skip_metadata_api_check":"true","skip_region_validation":true,` +
		`"skip_requesting_account_id":true}]},"resource":{"aws_s3_bucket_notification":{"notification":{}},` +
		`"aws_s3_bucket_policy":{"replica_policy":{"depends_on":["aws_s3_bucket.b"]}}}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
