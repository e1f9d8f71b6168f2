package bucket_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/awsprovider"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/tftest"
)

// existing is a Terraform state in which the bucket got its name long ago.
const existing = `{"version": 4, "serial": 1, "lineage": "3a0f1c6e-0000-0000-0000-000000000000", "resources": [{
	"mode": "managed", "type": "aws_s3_bucket", "name": "bucket", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
	"instances": [{"schema_version": 0, "attributes": {
		"id": "raw-20260101000000000000000000", "bucket": "raw-20260101000000000000000000", "object_lock_enabled": true, "force_destroy": false
	}}]}]}`

// existingBucket synthesises a bucket with a prefix beside a state in which it
// exists, and returns the stack's folder.
func existingBucket(t *testing.T, tf tftest.Terraform, prefix string) string {
	t.Helper()
	out := apptest.Synth(t, []byte(`{"region": "us-east-1", "endpoint": "https://127.0.0.1:1", "buckets": {"raw": `+
		`{"namePrefix": "`+prefix+`"}}}`))
	if err := os.WriteFile(filepath.Join(filepath.Dir(out), "terraform.raw.tfstate"), []byte(existing),
		0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(out, "stacks", "raw")
	if err := awsprovider.WithoutEndpoints(filepath.Join(dir, "cdk.tf.json")); err != nil {
		t.Fatal(err)
	}
	tf.Run(t, dir, "init")
	return dir
}

// nameStays: the name is made in the first plan and never again, although it is
// an expression of the time.
func nameStays(t *testing.T, tf tftest.Terraform) {
	t.Helper()
	dir := existingBucket(t, tf, "raw-")
	policies := 0
	for _, p := range planOf(t, tf, dir) {
		if p.Type == "aws_s3_bucket" &&
			(p.Change.After["bucket"] != "raw-20260101000000000000000000" || slices.Contains(p.Change.Actions, "delete")) {
			t.Errorf("the bucket is planned to %v, called %v, want it kept", p.Change.Actions, p.Change.After["bucket"])
		}
		if p.Type == "aws_s3_bucket_policy" {
			policies++
			if text, _ := p.Change.After["policy"].(string); !strings.Contains(text,
				`"arn:aws:s3:::raw-20260101000000000000000000/*"`) {
				t.Errorf("the policy is not that of the bucket that exists: %s", text)
			}
		}
	}
	if policies != 1 {
		t.Errorf("%d policies are planned, want 1", policies)
	}
}

// anotherPrefixIsTold: Terraform ignores the name from then on, so that a new
// prefix would be silently without effect.
func anotherPrefixIsTold(t *testing.T, tf tftest.Terraform) {
	t.Helper()
	out, err := tf.Try(existingBucket(t, tf, "cooked-"), "plan", "-refresh=false", "-no-color")
	if err == nil || !strings.Contains(string(out), "begin with cooked-: set its") {
		t.Errorf("the plan with another prefix says (%v):\n%s", err, out)
	}
}
