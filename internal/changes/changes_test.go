// Package changes_test tests docs/changes.md: Terraform plans each change of a
// setting for a bucket that is deployed on the local server.
package changes_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/testproject"
)

// A change is one line of the table in docs/changes.md.
type change struct {
	// name is its first column.
	name string
	// make changes the settings.
	make func(settings, bucket testproject.Tree)
	// want is what Terraform plans: "in place", "added", "no change", or
	// "refused".
	want string
	// says is in Terraform's refusal.
	says string
	// on are the types of resources that change, without aws_s3_bucket.
	on string
	// gate are the rules that stop the plan.
	gate string
	// refresh has Terraform look at the server first.
	refresh bool
}

func retention(key string, value any) func(testproject.Tree, testproject.Tree) {
	return func(_, bucket testproject.Tree) { bucket["retention"].(testproject.Tree)[key] = value }
}

func set(key string, value any) func(testproject.Tree, testproject.Tree) {
	return func(_, bucket testproject.Tree) { bucket[key] = value }
}

// ownStatement adds a statement of the owner.
func ownStatement(effect, action string) func(testproject.Tree, testproject.Tree) {
	return set("policyStatements", []testproject.Tree{{
		"Sid": "Own", "Effect": effect, "Principal": testproject.Tree{"AWS": "arn:aws:iam::012345678901:role/reader"},
		"Action": action, "Resource": "arn:aws:s3:::acme-data/*",
	}})
}

const keyARN = "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

var changes = []change{
	{name: "retention longer", make: retention("days", 180), want: "in place", on: "_object_lock_configuration _policy"},
	{
		name: "retention shorter",
		make: retention("days", 30),
		want: "in place",
		on:   "_object_lock_configuration _policy",
		gate: "policy-loosened retention-shortened",
	},
	{
		name: "COMPLIANCE to GOVERNANCE",
		make: retention("mode", "GOVERNANCE"),
		want: "in place",
		on:   "_object_lock_configuration _policy",
		gate: "mode-weakened policy-loosened",
	},
	{
		name: "days to years",
		make: func(_, bucket testproject.Tree) { bucket["retention"] = testproject.Tree{"years": 1} },
		want: "in place",
		on:   "_object_lock_configuration _policy",
	},
	{name: "maximumDays lower", make: retention("maximumDays", 365), want: "in place", on: "_policy"},
	{
		name: "maximumDays higher",
		make: retention("maximumDays", 7300),
		want: "in place",
		on:   "_policy",
		gate: "policy-loosened",
	},
	{
		name: "AES256 to a key of yours",
		make: set("encryption", testproject.Tree{"algorithm": "aws:kms", "keyArn": keyARN}),
		want: "in place",
		on:   "_policy _server_side_encryption_configuration",
		gate: "policy-loosened",
	},
	{name: "minimumTLSVersion 1.3", make: set("minimumTLSVersion", "1.3"), want: "in place", on: "_policy"},
	{
		name: "deleteMarkers allow",
		make: set("deleteMarkers", "allow"),
		want: "in place",
		on:   "_policy",
		gate: "policy-loosened",
	},
	{name: "writeOnce on", make: set("writeOnce", true), want: "in place", on: "_policy"},
	{
		name: "guardians named",
		make: set("guardians", []string{"arn:aws:iam::012345678901:role/deployer"}),
		want: "in place",
		on:   "_policy",
	},
	{
		name: "lifecycle: a transition",
		make: set("lifecycle", testproject.Tree{
			"transitions": []testproject.Tree{{"days": 30, "storageClass": "GLACIER_IR"}},
		}),
		want: "in place",
		on:   "_lifecycle_configuration",
	},
	{
		name: "lifecycle: expiry of noncurrent versions",
		make: set("lifecycle", testproject.Tree{"noncurrentVersionExpirationDays": 90}),
		want: "in place",
		on:   "_lifecycle_configuration",
		gate: "expires-sooner",
	},
	{name: "tags", make: func(settings, bucket testproject.Tree) {
		settings["tags"] = testproject.Tree{"team": "data"}
		bucket["tags"] = testproject.Tree{"x": "y"}
	}, want: "in place", on: ""},
	{name: "expectedTB", make: set("expectedTB", 120), want: "no change"},
	{name: "renew", make: set("renew", testproject.Tree{"keepDays": 365, "whenLeftDays": 120}), want: "no change"},
	{name: "evidence", make: set("evidence", testproject.Tree{}), want: "added",
		on: " _lifecycle_configuration _ownership_controls _policy _public_access_block " +
			"_server_side_encryption_configuration _versioning"},
	{
		name: "policyStatements: an Allow",
		make: ownStatement("Allow", "s3:GetObject"),
		want: "in place",
		on:   "_policy",
		gate: "policy-loosened",
	},
	{
		name: "policyStatements: a Deny",
		make: ownStatement("Deny", "s3:DeleteObjectVersion"),
		want: "in place",
		on:   "_policy",
	},
	{
		name: "awsProviderVersion",
		make: func(settings, _ testproject.Tree) { settings["awsProviderVersion"] = ">= 5.99, < 7.0" },
		want: "no change",
	},
	{name: "check", make: func(settings, _ testproject.Tree) {
		settings["check"] = testproject.Tree{"scope": []string{"aws_s3_bucket.bucket"}, "pricePerTBMonth": 24.5}
	}, want: "no change"},
	{name: "preventDestroy false", make: set("preventDestroy", false), want: "no change"},
	{name: "name", make: set("name", "acme-other"), want: "refused", says: "Instance cannot be destroyed"},
	{
		name: "name to namePrefix that fits",
		make: func(_, bucket testproject.Tree) { delete(bucket, "name"); bucket["namePrefix"] = "acme-" },
		want: "no change",
	},
	{
		name: "name to namePrefix that doesn't",
		make: func(_, bucket testproject.Tree) { delete(bucket, "name") },
		want: "refused",
		says: "A bucket can't be renamed",
	},
	{
		name:    "region",
		make:    func(settings, _ testproject.Tree) { settings["region"] = "eu-central-1" },
		want:    "refused",
		says:    "AuthorizationHeaderMalformed",
		refresh: true,
	},
	{
		name: "region, planned with `-refresh=false`",
		make: func(settings, _ testproject.Tree) { settings["region"] = "eu-central-1" },
		want: "no change",
		gate: "region-changed",
	},
}

// TestChanges plans every change of the table from the same deployed bucket:
// those that Terraform refuses each alone, the others in one plan.
func TestChanges(t *testing.T) {
	l := testproject.New(t)
	l.ImportLifecycle(t)
	var together []change
	var settings []testproject.Tree
	for _, c := range changes {
		if c.want == "refused" {
			t.Run(c.name, func(t *testing.T) {
				args := []string{"-refresh=false"}
				if c.refresh {
					args = nil
				}
				l.Synth(t, c.settings(l))
				c.judge(t, l.Plan(t, args...))
			})
			continue
		}
		together, settings = append(together, c), append(settings, c.settings(l))
	}
	for i, plan := range l.PlanAll(t, settings) {
		t.Run(together[i].name, func(t *testing.T) { together[i].judge(t, plan) })
	}
}

func (c change) settings(l testproject.Project) testproject.Tree {
	settings := l.Settings()
	c.make(settings, settings["buckets"].(testproject.Tree)["data"].(testproject.Tree))
	return settings
}

func (c change) judge(t *testing.T, p testproject.Plan) {
	t.Helper()
	got := "in place"
	switch changed := slices.Collect(maps.Values(p.Actions)); {
	case p.Refusal != "":
		got = "refused"
	case len(changed) == 0:
		got = "no change"
	case !slices.ContainsFunc(changed, func(actions string) bool { return actions != "create" }):
		got = "added"
	case slices.ContainsFunc(changed, func(actions string) bool { return strings.Contains(actions, "delete") }):
		got = "replaced"
	}
	on := strings.Join(slices.Sorted(maps.Keys(p.Actions)), " ")
	if got != c.want || on != c.on || !strings.Contains(p.Refusal, c.says) || strings.Join(p.Stopped, " ") != c.gate {
		t.Errorf("the plan is %q on %q (%v), want %q on %q, stopped by %q", got, on, p, c.want, c.on, c.gate)
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
