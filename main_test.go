package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"

	"gotest.tools/v3/golden"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

// TestSnapshots holds the Terraform JSON of every example to the snapshots in
// testdata/snapshots. `go test . -update` renews them: read the diff.
func TestSnapshots(t *testing.T) {
	for name, settings := range apptest.ExampleSettings(t) {
		t.Run(name, func(t *testing.T) {
			for file, text := range apptest.Files(t, apptest.Synth(t, settings)) {
				if path.Base(file) == "cdk.tf.json" {
					golden.Assert(t, text, path.Join("snapshots", name, path.Base(path.Dir(file))+".tf.json"))
				}
			}
		})
	}
}

// A promise is one thing that the default settings must give. Its twin is the
// smallest change of the Terraform after which it no longer holds: a promise
// that the twin can't break checks nothing.
type promise struct {
	name string
	// path leads to the value through the Terraform JSON.
	path string
	want string
	// twin is the value that stands there instead in the twin; "" removes it.
	twin string
}

const (
	bucketPath     = "resource.aws_s3_bucket.bucket."
	versioningPath = "resource.aws_s3_bucket_versioning.versioning."
	accessPath     = "resource.aws_s3_bucket_public_access_block.public_access_block."
	lockPath       = "resource.aws_s3_bucket_object_lock_configuration.object_lock."
)

var promises = []promise{
	{"Object Lock is on from the bucket's first moment", bucketPath + "object_lock_enabled", `true`, `false`},
	{"the bucket is protected from destruction", bucketPath + "lifecycle.prevent_destroy", `true`, ""},
	{"the name begins with the prefix and is completed by Terraform", bucketPath + "bucket",
		`"ai-dataset-${formatdate(\"YYYYMMDDhhmmss\", plantimestamp())}${substr(sha256(\"eebc4f10c3d517ac ` +
			`${plantimestamp()}\"), 0, 12)}"`, `"ai-dataset"`},
	{"the name that Terraform made is kept", bucketPath + "lifecycle.ignore_changes", `["bucket"]`, ""},
	{"versioning is Enabled", versioningPath + "versioning_configuration.status", `"Enabled"`, `"Suspended"`},
	{"versioning is that of this bucket", versioningPath + "bucket", `"${aws_s3_bucket.bucket.bucket}"`, `"other"`},
	{"versioning is protected from destruction", versioningPath + "lifecycle.prevent_destroy", `true`, `false`},
	{"the lock configuration is on", lockPath + "object_lock_enabled", `"Enabled"`, ""},
	{"the mode is COMPLIANCE", lockPath + "rule.default_retention.mode", `"COMPLIANCE"`, `"GOVERNANCE"`},
	{"the retention is 90 days", lockPath + "rule.default_retention.days", `90`, `89`},
	{"the retention is in days alone", lockPath + "rule.default_retention.years", ``, `1`},
	{
		"the lock configuration is that of this bucket",
		lockPath + "bucket",
		`"${aws_s3_bucket.bucket.bucket}"`,
		`"${aws_s3_bucket.bucket.id}"`,
	},
	{"the lock comes after versioning", lockPath + "depends_on", `["aws_s3_bucket_versioning.versioning"]`, ""},
	{"the lock configuration is protected from destruction", lockPath + "lifecycle.prevent_destroy", `true`, ""},
	{"public ACLs are blocked", accessPath + "block_public_acls", `true`, `false`},
	{"public policies are blocked", accessPath + "block_public_policy", `true`, ""},
	{"public ACLs are ignored", accessPath + "ignore_public_acls", `true`, `false`},
	{"public buckets are restricted", accessPath + "restrict_public_buckets", `true`, `false`},
	{
		"there are no ACLs",
		"resource.aws_s3_bucket_ownership_controls.ownership.rule.object_ownership",
		`"BucketOwnerEnforced"`,
		`"ObjectWriter"`,
	},
	{
		"unfinished uploads end",
		"resource.aws_s3_bucket_lifecycle_configuration.lifecycle.rule.0.abort_incomplete_multipart_upload.0.days_after_initiation",
		`7`,
		`0`,
	},
	{
		"the policy is protected from destruction",
		"resource.aws_s3_bucket_policy.policy.lifecycle.prevent_destroy",
		`true`,
		"",
	},
	{
		"the outputs are the name and the ARN",
		"output",
		`{"bucket_arn":{"description":"ARN of the immutable ` +
			`bucket.","value":"${aws_s3_bucket.bucket.arn}"},"bucket_name":{"description":"Name of the immutable ` +
			`bucket.","value":"${aws_s3_bucket.bucket.bucket}"}}`,
		`{}`,
	},
	{"the provider is that of the settings' Region", "provider.aws.0.region", `"us-east-1"`, `"us-east-2"`},
	{"the provider's version is relaxed", "terraform.required_providers.aws.version", `"~> 5.99"`, `"5.99.1"`},
	{"a version of Terraform is required", "terraform.required_version", `">= 1.5.0"`, ""},
	{
		"the state's path is relative",
		"terraform.backend.local.path",
		`"../../../terraform.ai-dataset.tfstate"`,
		`"/tmp/terraform.tfstate"`,
	},
	{"there are no data sources", "data", ``, `{"aws_iam_policy_document":{}}`},
}

func TestPromises(t *testing.T) {
	text := apptest.Files(t, apptest.Synth(t, apptest.Shipped(t)))["stacks/ai-dataset/cdk.tf.json"]
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			if err := p.check(decode(t, text)); err != nil {
				t.Error(err)
			}
			twin := decode(t, text)
			p.breakTwin(t, twin)
			if p.check(twin) == nil {
				t.Errorf("the promise still holds where %s is %q", p.path, p.twin)
			}
		})
	}
}

// check returns what is wrong where the promise is not kept.
func (p promise) check(document map[string]any) error {
	var got string
	if value, found := lookup(document, p.path); found {
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			return err
		}
		got = strings.TrimSpace(text.String())
	}
	if got != p.want {
		return fmt.Errorf("%s is %s, want %s", p.path, got, p.want)
	}
	return nil
}

// breakTwin puts the twin's value in the place of the promised one.
func (p promise) breakTwin(t *testing.T, document map[string]any) {
	t.Helper()
	place, key := "", p.path
	if dot := strings.LastIndexByte(p.path, '.'); dot >= 0 {
		place, key = p.path[:dot], p.path[dot+1:]
	}
	value, _ := lookup(document, place)
	parent, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("there is no object at %s", place)
	}
	delete(parent, key)
	if p.twin != "" {
		parent[key] = decode(t, `{"value": `+p.twin+`}`)["value"]
	}
}

func lookup(document map[string]any, path string) (any, bool) {
	var value any = document
	if path == "" {
		return value, true
	}
	for key := range strings.SplitSeq(path, ".") {
		switch node := value.(type) {
		case map[string]any:
			child, found := node[key]
			if !found {
				return nil, false
			}
			value = child
		case []any:
			if key != "0" || len(node) != 1 {
				return nil, false
			}
			value = node[0]
		default:
			return nil, false
		}
	}
	return value, true
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return document
}
