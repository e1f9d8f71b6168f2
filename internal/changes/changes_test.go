package changes_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/apptest"
)

// A change is one line of the table in docs/changes.md.
type change struct {
	// name is its first column.
	name string
	// make changes the settings.
	make func(settings, bucket tree)
	// want is what Terraform plans: "in place", "no change", or "refused".
	want string
	// says is in Terraform's refusal.
	says string
	// on are the types of resources that change, without aws_s3_bucket.
	on string
	// gate are the rules that stop the plan.
	gate string
	// apply says that the change is made too, and a second plan is empty.
	apply bool
	// refresh has Terraform look at the server first.
	refresh bool
}

func retention(key string, value any) func(tree, tree) {
	return func(_, bucket tree) { bucket["retention"].(tree)[key] = value }
}

func set(key string, value any) func(tree, tree) {
	return func(_, bucket tree) { bucket[key] = value }
}

const keyARN = "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"

var changes = []change{
	{name: "retention longer", make: retention("days", 180), want: "in place", on: "_object_lock_configuration _policy", apply: true},
	{name: "retention shorter", make: retention("days", 30), want: "in place", on: "_object_lock_configuration _policy", gate: "policy-loosened retention-shortened", apply: true},
	{name: "COMPLIANCE to GOVERNANCE", make: retention("mode", "GOVERNANCE"), want: "in place", on: "_object_lock_configuration _policy", gate: "mode-weakened policy-loosened", apply: true},
	{name: "days to years", make: func(_, bucket tree) { bucket["retention"] = tree{"years": 1} }, want: "in place", on: "_object_lock_configuration _policy"},
	{name: "maximumDays lower", make: retention("maximumDays", 365), want: "in place", on: "_policy"},
	{name: "maximumDays higher", make: retention("maximumDays", 7300), want: "in place", on: "_policy", gate: "policy-loosened"},
	{name: "AES256 to a key of yours", make: set("encryption", tree{"algorithm": "aws:kms", "keyArn": keyARN}), want: "in place", on: "_policy _server_side_encryption_configuration", gate: "policy-loosened", apply: true},
	{name: "minimumTLSVersion 1.3", make: set("minimumTLSVersion", "1.3"), want: "in place", on: "_policy"},
	{name: "deleteMarkers allow", make: set("deleteMarkers", "allow"), want: "in place", on: "_policy", gate: "policy-loosened"},
	{name: "writeOnce on", make: set("writeOnce", true), want: "in place", on: "_policy"},
	{name: "guardians named", make: set("guardians", []string{"arn:aws:iam::012345678901:role/deployer"}), want: "in place", on: "_policy"},
	{name: "lifecycle: a transition", make: set("lifecycle", tree{"transitions": []tree{{"days": 30, "storageClass": "GLACIER_IR"}}}), want: "in place", on: "_lifecycle_configuration"},
	{name: "lifecycle: expiry of noncurrent versions", make: set("lifecycle", tree{"noncurrentVersionExpirationDays": 90}), want: "in place", on: "_lifecycle_configuration", gate: "expires-sooner"},
	{name: "tags", make: func(settings, bucket tree) { settings["tags"] = tree{"team": "data"}; bucket["tags"] = tree{"x": "y"} }, want: "in place", on: "", apply: true},
	{name: "preventDestroy false", make: set("preventDestroy", false), want: "no change"},
	{name: "name", make: set("name", "acme-other"), want: "refused", says: "Instance cannot be destroyed"},
	{name: "name to namePrefix that fits", make: func(_, bucket tree) { delete(bucket, "name"); bucket["namePrefix"] = "acme-" }, want: "no change"},
	{name: "name to namePrefix that doesn't", make: func(_, bucket tree) { delete(bucket, "name") }, want: "refused", says: "A bucket can't be renamed"},
	{name: "region", make: func(settings, _ tree) { settings["region"] = "eu-central-1" }, want: "refused", says: "AuthorizationHeaderMalformed", refresh: true},
	{name: "region, planned without looking", make: func(settings, _ tree) { settings["region"] = "eu-central-1" }, want: "no change", gate: "region-changed"},
}

// TestChanges plans every change of the table from the same deployed bucket,
// and then makes those that can be made, one after the other.
func TestChanges(t *testing.T) {
	l := newLab(t)
	l.synth(t, l.settings())
	l.tf.Run(t, l.stack("data"), "init")
	l.tf.Run(t, l.stack("data"), "apply", "-auto-approve")
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"-refresh=false"}
			if c.refresh {
				args = nil
			}
			l.synth(t, c.settings(l))
			c.judge(t, l.plan(t, args...))
		})
	}
	for _, c := range changes {
		if !c.apply {
			continue
		}
		t.Run("apply "+c.name, func(t *testing.T) {
			l.synth(t, c.settings(l))
			l.tf.Run(t, l.stack("data"), "apply", "-auto-approve")
			l.tf.Run(t, l.stack("data"), "plan", "-detailed-exitcode")
		})
	}
	l.synth(t, l.settings())
	l.tf.Run(t, l.stack("data"), "apply", "-auto-approve")
	t.Run("stack renamed", func(t *testing.T) { stackRenamed(t, l) })
	t.Run("bucket removed", func(t *testing.T) { bucketRemoved(t, l) })
	t.Run("backend", func(t *testing.T) { backendChanged(t, l) })
	t.Run("destroy", func(t *testing.T) { destroys(t, l) })
}

func (c change) settings(l lab) tree {
	settings := l.settings()
	c.make(settings, settings["buckets"].(tree)["data"].(tree))
	return settings
}

func (c change) judge(t *testing.T, p plan) {
	t.Helper()
	got := "in place"
	switch changed := slices.Collect(maps.Values(p.actions)); {
	case p.refusal != "":
		got = "refused"
	case len(changed) == 0:
		got = "no change"
	case slices.ContainsFunc(changed, func(actions string) bool { return strings.Contains(actions, "delete") }):
		got = "replaced"
	}
	on := strings.Join(slices.Sorted(maps.Keys(p.actions)), " ")
	if got != c.want || on != c.on || !strings.Contains(p.refusal, c.says) || strings.Join(p.stopped, " ") != c.gate {
		t.Errorf("the plan is %q on %q (%v), want %q on %q, stopped by %q", got, on, p, c.want, c.on, c.gate)
	}
}

// destroys tries to destroy the bucket: with preventDestroy Terraform refuses,
// without it S3 does, as long as there is an object version.
func destroys(t *testing.T, l lab) {
	upload(t, l.server, "acme-data")
	if p := l.plan(t, "-destroy"); !strings.Contains(p.refusal, "Instance cannot be destroyed") {
		t.Errorf("with preventDestroy the plan is %v", p)
	}
	settings := l.settings()
	settings["buckets"].(tree)["data"].(tree)["preventDestroy"] = false
	l.synth(t, settings)
	if p := l.plan(t, "-destroy"); p.refusal != "" || len(p.stopped) == 0 {
		t.Errorf("without preventDestroy the gate lets pass %v", p)
	}
	out, err := l.tf.Try(l.stack("data"), "destroy", "-auto-approve", "-target=aws_s3_bucket.bucket")
	if err == nil || !strings.Contains(string(out), "BucketNotEmpty") {
		t.Errorf("S3 doesn't refuse to delete a bucket with a version: %v\n%s", err, out)
	}
}

// TestDocumented holds docs/changes.md to the table.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "docs", "changes.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		gate := "passes"
		if c.gate != "" {
			gate = "stops: `" + strings.ReplaceAll(c.gate, " ", "`, `") + "`"
		}
		if row := "| " + c.name + " | " + c.want + " | " + gate + " |"; !strings.Contains(string(text), row) {
			t.Errorf("there is no line %q", row)
		}
	}
}
