package check_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
	"datalock/settings"
)

// TestOnly judges a part of plans: what is left out, and whether the finding of
// the plan is still made.
func TestOnly(t *testing.T) {
	const everyGuard = 8
	for _, c := range []struct {
		name, plan string
		only       []string
		leftOut    int
		found      bool
		err        string
	}{
		{"everything", "governance", nil, 0, true, ""},
		{"a star", "governance", []string{"*"}, 0, true, ""},
		{"the bucket, and so its guards", "governance", []string{"aws_s3_bucket.bucket"}, 0, true, ""},
		{"the lock alone", "governance", []string{lockAddress}, everyGuard - 1, true, ""},
		{"all policies", "governance", []string{"aws_s3_bucket_policy.*"}, everyGuard - 1, false, ""},
		{"two patterns", "governance", []string{"aws_s3_bucket_policy.*", "*.object_lock"}, everyGuard - 2, true, ""},
		{"another module", "governance", []string{"module.data"}, 0, false, "leaves out everything"},
		{"the beginning of a name", "governance", []string{"aws_s3_bucket.buck"}, 0, false, "leaves out everything"},
		{"a module", "in-modules", []string{"module.dataset"}, 0, true, ""},
		{"an instance of a module", "in-modules", []string{`module.dataset["raw.eu"]`}, everyGuard, true, ""},
		{"a type in a module", "in-modules", []string{"module.*.aws_s3_bucket_versioning.versioning"}, 14, false, ""},
		{"a name before a move", "moved", []string{"aws_s3_bucket_policy.policy"}, everyGuard - 1, false, ""},
		{"a name that nothing was moved from", "moved", []string{"*.versioning"}, everyGuard - 1, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := judge(t, c.plan, check.Options{Only: c.only}, nil)
			if c.err != "" {
				if !strings.Contains(f.Error, c.err) {
					t.Errorf("got %+v, want the error %q", f, c.err)
				}
				return
			}
			if f.Error != "" || len(f.LeftOut) != c.leftOut || (len(f.Findings) > 0) != c.found ||
				f.Guards+c.leftOut < everyGuard {
				t.Errorf("error %q, %d judged, left out %v, found %v", f.Error, f.Guards, f.LeftOut, f.Findings)
			}
		})
	}
}

// TestScopeOfABucket: the bucket brings its key, and what is out of scope still
// says what a resource in scope is about.
func TestScopeOfABucket(t *testing.T) {
	destroyed := func(address string) func(planJSON) {
		return func(p planJSON) {
			c := p.changeOf(address)
			c["after"], c["actions"] = nil, []any{"delete"}
			planned := stackJSON(p).get("planned_values.root_module.resources").([]any)
			stackJSON(p).set("planned_values.root_module.resources", slices.DeleteFunc(planned, func(r any) bool {
				return r.(map[string]any)["address"] == address
			}))
		}
	}
	// aliased encrypts by an alias, destroys a key and has an alias for it.
	aliased := func(encryptedBy, name string) func(planJSON) {
		const byAlias = "rule.0.apply_server_side_encryption_by_default.0.kms_master_key_id"
		const ofBucket = "server_side_encryption_configuration.0." + byAlias
		return all(both(theEncryptionAt, byAlias, encryptedBy, encryptedBy),
			both(theBucketAt, ofBucket, encryptedBy, encryptedBy), func(p planJSON) {
				// What the key itself would bring isn't tested here.
				written(theEncryptionAt, "rule", []any{})(p)
				key := stackJSON(p.changeOf("aws_kms_key.key")).get("before.arn")
				values := map[string]any{"name": name, "target_key_arn": key, "target_key_id": "x"}
				more("aws_kms_alias", "a", "no-op", values, values)(p)
				destroyed("aws_kms_key.key")(p)
			})
	}
	const replication = "aws_s3_bucket_replication_configuration.replication"
	for _, c := range []struct {
		name, plan string
		change     func(planJSON)
		found      string
	}{
		{"nothing", "topology", nil, ""},
		{"a first plan", "topology-first", nil, ""},
		{"a first plan with a key", "first-deploy-with-key", nil, ""},
		{"its key", "topology", destroyed("aws_kms_key.key"), "destroyed"},
		{"its replication", "topology", destroyed(replication), "records-stopped"},
		{"its replication off", "topology", both(replication, "rule.0.status", "Enabled", "Disabled"), "records-stopped"},
		{"its key by an alias", "topology", aliased("alias/data", "alias/data"), "destroyed"},
		{"a key by another alias", "topology", aliased("alias/data", "alias/other"), ""},
		{"another bucket's versioning", "topology", destroyed("aws_s3_bucket_versioning.replica_versioning"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := judge(t, c.plan, check.Options{Only: []string{"aws_s3_bucket.bucket"}}, c.change)
			var found []string
			for _, x := range f.Findings {
				found = append(found, x.Rule)
			}
			if f.Error != "" || len(f.Findings) == 0 && c.found != "" || c.found == "" && len(f.Findings) > 0 ||
				c.found != "" && !slices.Contains(found, c.found) {
				t.Errorf("error %q, found %v, want %q", f.Error, f.Findings, c.found)
			}
		})
	}
}

// TestLeftOutInOrder holds the report to one order, whatever that of the plan.
func TestLeftOutInOrder(t *testing.T) {
	backwards := func(p planJSON) { slices.Reverse(p["resource_changes"].([]any)) }
	f := judge(t, "governance", check.Options{Only: []string{lockAddress}}, backwards)
	if len(f.LeftOut) != 7 || !slices.IsSorted(f.LeftOut) {
		t.Errorf("error %q, left out %v", f.Error, f.LeftOut)
	}
}

// TestScopeOfAddresses holds that what a plan or a stack names only by an
// address is judged in its scope alone.
func TestScopeOfAddresses(t *testing.T) {
	invoked := triggered("action_invocations", "invoke_action_trigger", "", "")
	for pattern, found := range map[string]int{"*": 1, "aws_s3_bucket.bucket": 1, "action.*": -1} {
		f := judge(t, "no-change", check.Options{Only: []string{pattern}}, invoked)
		if found >= 0 && (f.Error != "" || len(f.Findings) != found) {
			t.Errorf("an action, %s: error %q, found %v", pattern, f.Error, f.Findings)
		}
		if found < 0 && f.Error == "" {
			t.Errorf("an action, %s: found %v, and nothing left to judge", pattern, f.Findings)
		}
	}
	file := filepath.Join(snapshots, "default", "ai-dataset.tf.json")
	stack := changedStack(t, file, forget("aws_s3_bucket.logs"))
	for pattern, found := range map[string]int{"*": 1, "aws_s3_bucket.bucket": 0, "aws_s3_bucket.*": 1} {
		gate := check.NewGate(check.Rules(), check.Options{Only: []string{pattern}})
		gate.Judge("cdk.tf.json", bytes.NewReader(stack))
		if f := gate.Report().Files[0]; f.Error != "" || len(f.Findings) != found {
			t.Errorf("a removed block, %s: error %q, found %v", pattern, f.Error, f.Findings)
		}
	}
}

// TestScopeOfSettings holds that the command line comes before the settings,
// and that a pattern about nothing is told.
func TestScopeOfSettings(t *testing.T) {
	declared := settings.Settings{Check: settings.Check{Scope: []string{"aws_s3_bucket_policy.*", "module.other"}}}
	if f := judge(t, "governance", check.Options{Settings: declared}, nil); len(f.Findings) != 0 || len(f.LeftOut) != 7 {
		t.Errorf("by the settings: found %v, left out %v", f.Findings, f.LeftOut)
	}
	if f := judge(t, "governance", check.Options{
		Settings: declared,
		Only:     []string{"aws_s3_bucket.bucket"},
	}, nil); len(f.Findings) != 1 || len(f.LeftOut) != 0 {
		t.Errorf("by the command line: found %v, left out %v", f.Findings, f.LeftOut)
	}
	gate := check.NewGate(check.Rules(), check.Options{Settings: declared})
	plan, err := os.Open(planFile("governance"))
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	gate.Judge("plan.json", plan)
	if notes := gate.Report().Notes; len(notes) != 1 ||
		!strings.HasPrefix(notes[0], "the scope module.other is about nothing") {
		t.Errorf("notes %q", notes)
	}
	gate = check.NewGate(check.Rules(), check.Options{Settings: declared})
	gate.Judge("plan.json", strings.NewReader(changeOf(`{"actions":["no-op"],"before":{"object_lock_enabled":true},"after":{"object_lock_enabled":true}}`)))
	if notes := gate.Report().Notes; !slices.ContainsFunc(notes,
		func(n string) bool { return strings.HasPrefix(n, "the scope module.other is about nothing") }) {
		t.Errorf("notes %q", notes)
	}
}

// TestLeftOutIsNamed holds every format to naming what was not judged.
func TestLeftOutIsNamed(t *testing.T) {
	gate := check.NewGate(check.Rules(), check.Options{Only: []string{"aws_s3_bucket_policy.*"}})
	f, err := os.Open(planFile("governance"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gate.Judge("plan.json", f)
	for _, format := range check.Formats {
		var b bytes.Buffer
		if err := gate.Report().Write(&b, format, ""); err != nil {
			t.Fatal(err)
		}
		if format == check.Text && !strings.Contains(b.String(),
			"8 of 8 resources may hold or guard locked data, and 1 of these was judged") {
			t.Errorf("the text doesn't say how many were judged:\n%s", b.String())
		}
		if !strings.Contains(b.String(), lockAddress) {
			t.Errorf("%s doesn't name what was left out:\n%s", format, b.String())
		}
	}
}

// TestNothingToLeaveOut holds that a scope keeps no plan without guards from
// passing.
func TestNothingToLeaveOut(t *testing.T) {
	gate := check.NewGate(check.Rules(), check.Options{Only: []string{"module.data"}})
	gate.Judge("plan.json", strings.NewReader(planWith("")))
	if !gate.Report().Judged() {
		t.Errorf("got %+v", gate.Report())
	}
}
