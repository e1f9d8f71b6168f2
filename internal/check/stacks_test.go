package check_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"datalock/internal/check"
)

// A stackFixture is a change of the stack that ships, as it is synthesised, and
// what must find it; the stack itself and all other snapshots must pass.
type stackFixture struct {
	name   string
	rule   string
	also   []string
	near   []string
	change func(stackJSON)
	// whole says that it is a change of everything-on instead.
	whole bool
}

const snapshots = "../../testdata/snapshots"

var stacks = []stackFixture{
	{name: "as it is", near: []string{"unprotected", "lock-missing", "guard-missing"}},
	{
		name:   "tags from a variable",
		near:   []string{"guard-unknown"},
		change: set(bucketAt+".tags", map[string]any{"team": "${var.team}"}),
	},
	{
		name: "an escaped template",
		near: []string{"guard-unknown"},
		change: set(policyAt+".policy",
			`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"$${x}"}]}`),
	},
	{name: "the bucket is not protected", rule: "unprotected", change: drop(bucketAt + ".lifecycle.prevent_destroy")},
	{
		name:   "versioning is not protected",
		rule:   "unprotected",
		change: set(versioningAt+".lifecycle.prevent_destroy", false),
	},
	{name: "the policy is not protected", rule: "unprotected", change: drop(policyAt + ".lifecycle")},
	{name: "a key is not protected", rule: "unprotected", change: addKey},
	{name: "no Object Lock", rule: "lock-missing", change: set(bucketAt+".object_lock_enabled", false)},
	{
		name: "an imported bucket",
		near: []string{"lock-missing"},
		change: several(drop(bucketAt+".object_lock_enabled"), set("import", []any{map[string]any{
			"to": "aws_s3_bucket.bucket",
			"id": "b",
		}})),
	},
	{
		name: "an imported bucket, in another form",
		near: []string{"lock-missing"},
		change: several(drop(bucketAt+".object_lock_enabled"), set("import", map[string]any{
			"to": "${aws_s3_bucket.bucket}",
			"id": "b",
		})),
	},
	{
		name: "an imported bucket without a lock",
		rule: "lock-missing",
		change: several(drop(bucketAt+".object_lock_enabled", lockAt), set("import", []any{map[string]any{
			"to": "aws_s3_bucket.bucket",
			"id": "b",
		}})),
	},
	{
		name: "imported versioning",
		rule: "lock-missing",
		change: several(drop(bucketAt+".object_lock_enabled"), set("import", []any{
			map[string]any{"to": "aws_s3_bucket_versioning.versioning", "id": "b"},
		})),
	},
	{name: "no lock configuration", rule: "lock-missing", change: drop(lockAt)},
	{name: "a rule without retention", rule: "lock-removed", change: drop(lockAt + ".rule")},
	{
		name:   "versioning suspended",
		rule:   "versioning-off",
		change: set(versioningAt+".versioning_configuration.status", "Suspended"),
	},
	{name: "no policy", rule: "guard-missing", change: drop(policyAt)},
	{
		name:   "a policy from a data source",
		rule:   "guard-unknown",
		change: set(policyAt+".policy", "${data.aws_iam_policy_document.p.json}"),
	},
	{
		name:   "a policy with the bucket's ARN",
		rule:   "guard-unknown",
		change: set(policyAt+".policy", `{"Resource":"${aws_s3_bucket.bucket.arn}"}`),
	},
	{
		name:   "a policy with a name to come",
		rule:   "guard-unknown",
		change: several(drop(bucketAt+".bucket"), set(bucketAt+".bucket_prefix", "a")),
	},
	{
		name:   "versioning off in the bucket itself",
		rule:   "versioning-off",
		also:   []string{"guard-doubled"},
		change: set(bucketAt+".versioning", map[string]any{"enabled": false}),
	},
	{
		name:   "versioning of null in the bucket itself",
		near:   []string{"versioning-off"},
		change: set(bucketAt+".versioning", nil),
	},
	{
		name:   "no source of the provider",
		near:   []string{"other-provider"},
		change: drop("terraform.required_providers.aws.source"),
	},
	{name: "an encryption of a bucket elsewhere", near: []string{"encryption-weakened"},
		change: set("resource.aws_s3_bucket_server_side_encryption_configuration.elsewhere",
			map[string]any{"bucket": "acme-elsewhere", "rule": aes, "lifecycle": map[string]any{"prevent_destroy": true}})},
	{name: "a policy that locks out", rule: "locked-out", change: set(policyAt+".policy", lockingOut("No"))},
	{name: "a policy that may lock out", rule: "guard-unknown", change: set(policyAt+".policy", lockingOut("${var.sid}"))},
	{name: "a template directive", rule: "guard-unknown", change: set(policyAt+".policy", `%{ if var.open }{}%{ endif }`)},
	{
		name:   "days from a variable",
		rule:   "guard-unknown",
		also:   []string{"lock-removed"},
		change: set(retentionAt+".days", "${var.days}"),
	},
	{name: "an open block", rule: "public-access", change: drop(blockAt + ".restrict_public_buckets")},
	{name: "ACLs", rule: "ownership", change: set(ownershipAt+".rule.object_ownership", "ObjectWriter")},
	{name: "no algorithm", rule: "encryption-weakened", change: set(encryptionAt+".rule", []any{})},
	{
		name:   "a disabled key",
		rule:   "key-disabled",
		also:   []string{"unprotected"},
		change: several(addKey, set(keyAt+".is_enabled", false)),
	},
	{name: "force_destroy", rule: "force-destroy", change: set(bucketAt+".force_destroy", true)},
	{name: "a removed block", rule: "forgotten", change: forget("aws_s3_bucket_versioning.old")},
	{name: "a removed module", rule: "forgotten", change: forget("module.old")},
	{name: "a removed queue", change: forget("aws_sqs_queue.old")},
	{name: "a lock by count", rule: "guard-unknown", change: set(lockAt+".count", 0)},
	{name: "a policy for each of none", rule: "guard-unknown", change: set(policyAt+".for_each", "${toset([])}")},
	{name: "an empty policy", rule: "guard-missing", change: set(policyAt+".policy", "")},
	{name: "a policy of null", rule: "guard-missing", change: set(policyAt+".policy", nil)},
	{name: "all changes ignored", rule: "changes-ignored", change: set(policyAt+".lifecycle.ignore_changes", "all")},
	{
		name:   "changes of the retention ignored",
		rule:   "changes-ignored",
		change: set(lockAt+".lifecycle.ignore_changes", []any{"rule[0].default_retention"}),
	},
	{
		name:   "changes of tags ignored",
		near:   []string{"changes-ignored"},
		change: set(bucketAt+".lifecycle.ignore_changes", []any{"tags"}),
	},
	{
		name:   "a provisioner",
		rule:   "provisioner",
		change: set(lockAt+".provisioner", []any{map[string]any{"local-exec": map[string]any{"command": "true"}}}),
	},
	{
		name: "an action that the lock triggers",
		rule: "provisioner",
		change: set(lockAt+".lifecycle.action_trigger", []any{
			map[string]any{"events": []any{"after_update"}, "actions": []any{"${action.aws_lambda_invoke.tidy}"}},
		}),
	},
	{
		name:   "an action that nothing triggers",
		near:   []string{"provisioner"},
		change: set("action.aws_lambda_invoke.tidy", map[string]any{"config": map[string]any{"function_name": "tidy"}}),
	},
	{name: "a section of a later version", rule: "unread", change: set("later.thing", map[string]any{"to": "do"})},
	{
		name: "sections that hold nothing",
		near: []string{"unread"},
		change: several(set("later", map[string]any{}), set("check.up", map[string]any{}),
			set("data.aws_caller_identity.me", map[string]any{})),
	},
	{
		name:   "somebody else's provider",
		rule:   "other-provider",
		change: set("terraform.required_providers.aws.source", "acme/aws"),
	},
	{name: "a provider of another name", rule: "other-provider", change: set(policyAt+".provider", "acme.x")},
	{
		name:   "the provider in full",
		near:   []string{"other-provider"},
		change: set("terraform.required_providers.aws.source", "registry.terraform.io/hashicorp/aws"),
	},
	{
		name: "a second policy",
		rule: "guard-doubled",
		also: []string{"unprotected"},
		change: set("resource.aws_s3_bucket_policy.second", map[string]any{
			"bucket": "${aws_s3_bucket.bucket.bucket}",
			"policy": emptyPolicy,
		}),
	},
	{
		name:  "the whole topology",
		whole: true,
		near:  []string{"records-stopped", "lock-missing", "guard-missing", "unprotected", "replicated-elsewhere"},
	},
	{
		name:   "a trail that doesn't log",
		whole:  true,
		rule:   "records-stopped",
		change: set(trailAt+".enable_logging", false),
	},
	{name: "a trail that isn't protected", whole: true, rule: "unprotected", change: drop(trailAt + ".lifecycle")},
	{
		name:   "a role that isn't protected",
		whole:  true,
		rule:   "unprotected",
		change: drop("resource.aws_iam_role.batch_role.lifecycle"),
	},
	{
		name:   "evidence that isn't protected",
		whole:  true,
		rule:   "unprotected",
		change: drop("resource.aws_s3_bucket.evidence_bucket.lifecycle"),
	},
	{
		name:   "evidence that isn't versioned",
		whole:  true,
		rule:   "guard-missing",
		change: drop("resource.aws_s3_bucket_versioning.evidence_versioning"),
	},
	{name: "evidence that can be deleted", whole: true, rule: "lock-missing", change: openEvidence},
	{name: "evidence without a policy", whole: true, rule: "lock-missing", change: drop(evidenceAt)},
	{
		name:   "a replica without retention",
		whole:  true,
		rule:   "lock-missing",
		also:   []string{"replicated-elsewhere"},
		change: drop("resource.aws_s3_bucket_object_lock_configuration.replica_object_lock"),
	},
	{
		name:   "a replication from a data source",
		whole:  true,
		rule:   "guard-unknown",
		also:   []string{"replicated-elsewhere"},
		change: set(replicationAt+".rule.0.destination.bucket", "${data.aws_s3_bucket.b.arn}"),
	},
	{
		name:   "a lock by a dynamic block",
		rule:   "guard-unknown",
		change: several(drop(lockAt+".rule"), set(lockAt+".dynamic.rule", dynamicOf("default_retention"))),
	},
	{
		name: "a retention by a dynamic block",
		rule: "guard-unknown",
		change: several(drop(lockAt+".rule"),
			set(lockAt+".rule", map[string]any{"dynamic": map[string]any{"default_retention": dynamicOf("x")}})),
	},
	{
		name:   "a bucket's own versioning by a dynamic block",
		rule:   "guard-unknown",
		also:   []string{"guard-doubled"},
		change: set(bucketAt+".dynamic.versioning", dynamicOf("x")),
	},
	{
		name:   "what doesn't matter by a dynamic block",
		near:   []string{"guard-unknown"},
		change: set(bucketAt+".dynamic.cors_rule", dynamicOf("x")),
	},
	{
		name:   "a replication by a dynamic block",
		whole:  true,
		rule:   "guard-unknown",
		change: several(drop(replicationAt+".rule"), set(replicationAt+".dynamic.rule", dynamicOf("x"))),
	},
	{name: "another bucket", rule: "lock-missing", near: []string{"public-access"}, change: addLogs},
	{
		name:   "another bucket that Terraform may empty",
		rule:   "lock-missing",
		near:   []string{"force-destroy", "public-access"},
		change: several(addLogs, set(logsAt+".force_destroy", true)),
	},
}

// dynamicOf is a dynamic block that makes one for each of a variable's values.
func dynamicOf(block string) map[string]any {
	return map[string]any{"for_each": "${var.x}", "content": map[string]any{block: "${" + block + ".value}"}}
}

// lockingOut is a bucket policy that denies everybody everything.
func lockingOut(sid string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"` + sid +
		`","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}`
}

func verifyStacks(t testing.TB) []string {
	var wrong []string
	for _, f := range stacks {
		file := filepath.Join(snapshots, "default", "ai-dataset.tf.json")
		if f.whole {
			file = filepath.Join(snapshots, "everything-on", "training-data.tf.json")
		}
		s := decodeStack(t, file, f.change)
		found := map[string]bool{}
		for _, x := range s.Judge(check.Rules()) {
			found[x.Rule] = true
			if x.Rule != f.rule && !slices.Contains(f.also, x.Rule) {
				wrong = append(wrong, fmt.Sprintf("stack %s is made for %q, and %s finds %s: %s", f.name, f.rule, x.Rule,
					x.Address, x.Message))
			}
		}
		if f.rule != "" && !found[f.rule] {
			wrong = append(wrong, fmt.Sprintf("stack %s must be stopped by %s, which finds nothing", f.name, f.rule))
		}
	}
	return wrong
}

func decodeStack(t testing.TB, file string, change func(stackJSON)) *check.Subject {
	t.Helper()
	s, err := check.Decode(changedStack(t, file, change))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// changedStack returns a synthesised stack with a change.
func changedStack(t testing.TB, file string, change func(stackJSON)) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var stack stackJSON
	if err := json.Unmarshal(text, &stack); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(stack)
	}
	if text, err = json.Marshal(stack); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestRemovedMessages has what a reader sees of removed blocks.
func TestRemovedMessages(t *testing.T) {
	s := decodeStack(t, filepath.Join(snapshots, "default", "ai-dataset.tf.json"),
		forget("aws_s3_bucket_versioning.old", "module.old"))
	var got []string
	for _, x := range s.Judge(check.Rules()) {
		got = append(got, x.Address+": "+x.Message)
	}
	want := []string{
		"aws_s3_bucket_versioning.old: a removed block names versioning",
		"module.old: a removed block names a whole module",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSnapshotsPass judges every stack that the examples synthesise. Some
// settings give a weaker bucket on purpose, and say so.
func TestSnapshotsPass(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(snapshots, "*", "*.tf.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("find the snapshots: %v, %d files", err, len(files))
	}
	for _, file := range files {
		s := decodeStack(t, file, nil)
		if s.Guards() < 6 {
			t.Errorf("%s: only %d guards are seen", file, s.Guards())
		}
		for _, x := range s.Judge(check.Rules()) {
			if x.Rule != "unprotected" || !slices.Contains(protectionOff, filepath.Base(filepath.Dir(file))) {
				t.Errorf("%s: %s finds %s: %s", file, x.Rule, x.Address, x.Message)
			}
		}
	}
}

// protectionOff are the examples with preventDestroy switched off.
var protectionOff = []string{"everything-off", "full"}
