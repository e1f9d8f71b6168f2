package check_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
	"datalock/settings"
)

// subject reads a plan of testdata/plans.
func subject(t testing.TB, name string) *check.Subject {
	t.Helper()
	f, err := os.Open(planFile(name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := check.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// subject reads the plan of a fixture, and has it know the past.
func (f fixture) subject(t testing.TB) *check.Subject {
	t.Helper()
	s := subject(t, cmp.Or(f.plan, f.name))
	s.Remember(expecting(1, settings.Check{}), map[string]check.Past{"training-data": f.past})
	return s
}

// verify returns what the rules do otherwise than the fixtures say.
func verify(t testing.TB) []string {
	var wrong []string
	for _, f := range passing {
		for _, x := range f.subject(t).Judge(check.Rules()) {
			wrong = append(wrong, fmt.Sprintf("%s must pass, and %s finds %s: %s", f.name, x.Rule, x.Address, x.Message))
		}
	}
	for _, f := range failing {
		found := map[string]bool{}
		for _, x := range f.subject(t).Judge(check.Rules()) {
			found[x.Rule] = true
			if x.Rule == f.rule && f.at != "" && x.Address != f.at {
				wrong = append(wrong, fmt.Sprintf("%s must be stopped at %s, and %s finds %s: %s", f.name, f.at, x.Rule, x.Address,
					x.Message))
			}
			if x.Rule != f.rule && !slices.Contains(f.also, x.Rule) {
				wrong = append(wrong, fmt.Sprintf("%s is made for %s, and %s finds %s: %s", f.name, f.rule, x.Rule, x.Address,
					x.Message))
			}
		}
		for _, rule := range append([]string{f.rule}, f.also...) {
			if !found[rule] {
				wrong = append(wrong, fmt.Sprintf("%s must be stopped by %s, which finds nothing", f.name, rule))
			}
		}
	}
	return append(wrong, verifyStacks(t)...)
}

func TestFixtures(t *testing.T) {
	for _, wrong := range verify(t) {
		t.Error(wrong)
	}
}

// TestEveryRuleHasNeighbours holds that each rule has a plan that it stops and
// one close by that it passes.
func TestEveryRuleHasNeighbours(t *testing.T) {
	stops, passes := map[string]bool{}, map[string]bool{}
	for _, f := range failing {
		stops[f.rule] = true
	}
	for _, f := range passing {
		for _, rule := range f.near {
			passes[rule] = true
		}
	}
	for _, f := range stacks {
		stops[f.rule] = true
		for _, rule := range f.near {
			passes[rule] = true
		}
	}
	for _, rule := range check.Rules() {
		if !stops[rule.Name] || !passes[rule.Name] {
			t.Errorf("%s: has a fixture that it stops: %v, one that it passes: %v", rule.Name, stops[rule.Name],
				passes[rule.Name])
		}
		delete(stops, rule.Name)
		delete(passes, rule.Name)
	}
	delete(stops, "")
	if len(stops)+len(passes) > 0 {
		t.Errorf("fixtures name rules that there aren't: %v, %v", stops, passes)
	}
}

// TestFixturesAreListed holds that no plan lies about that nobody looks at.
func TestFixturesAreListed(t *testing.T) {
	files, err := filepath.Glob(planFile("*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if !slices.ContainsFunc(append(slices.Clone(passing), failing...), func(f fixture) bool { return f.name == name }) {
			t.Errorf("%s belongs to no fixture", file)
		}
	}
}

// TestMessages has what a reader sees of some findings, word by word.
func TestMessages(t *testing.T) {
	for name, want := range map[string]string{
		"retention-shorter": "aws_s3_bucket_object_lock_configuration.object_lock: the default retention goes " +
			"from 90 to 89 days",
		"governance": "aws_s3_bucket_object_lock_configuration.object_lock: the mode of the default " +
			"retention goes from COMPLIANCE to GOVERNANCE",
		"lock-without-rule": "aws_s3_bucket_object_lock_configuration.object_lock: there is no default retention; " +
			"before it was COMPLIANCE for 90 days",
		"replace-renamed": "aws_s3_bucket.bucket: the plan destroys the bucket and makes another one",
		"removed-lock": "aws_s3_bucket_object_lock_configuration.object_lock: the plan drops the lock " +
			"configuration from the state, and no later plan will show a change",
		"bucket-gone": "aws_s3_bucket.bucket: the bucket acme-training-data is in the state, and Terraform " +
			"did not find it",
		"public-policy-allowed": "aws_s3_bucket_public_access_block.public_access_block: block_public_policy not true",
		"policy-statement-gone": "aws_s3_bucket_policy.policy: statement DenyDeleteMarkers is gone, and nothing else " +
			"surely denies s3:deleteobject on arn:aws:s3:::acme-training-data/*",
		"policy-floor-lowered": "aws_s3_bucket_policy.policy: statement DenyRetentionBelowDefault denies " +
			"s3:putobject on arn:aws:s3:::acme-training-data/* in fewer cases, by its condition NumericLessThan " +
			"s3:object-lock-remaining-retention-days",
		"policy-unknown": "aws_s3_bucket_policy.policy: policy is not known when the plan is made: it refers to " +
			"terraform_data.text.output; use a value that is known then",
		"encryption-aes": "aws_s3_bucket_server_side_encryption_configuration.encryption: the default " +
			"encryption goes from aws:kms to AES256",
		"key-window-shorter": "aws_kms_key.key: the waiting period before the deletion goes from 30 to 7 days",
		"region":             "aws_s3_bucket.bucket: the bucket is in us-east-1, and its provider now in us-west-2",
		"account": "aws_kms_key.key: it is in account 012345678901, and its provider may only use " +
			"210987654321",
		"provider": "aws_s3_bucket.bucket: it is managed by the provider registry.terraform.io/acme/aws, " +
			"not by hashicorp/aws",
		"in-modules": `module.dataset["raw.eu"].aws_s3_bucket_object_lock_configuration.object_lock: the ` +
			`plan destroys the lock configuration`,
		"first-deploy-no-retention": "aws_s3_bucket.bucket: the bucket has no lock configuration with a default retention",
	} {
		var got []string
		for _, x := range subject(t, name).Judge(check.Rules()) {
			got = append(got, x.Address+": "+x.Message)
		}
		if !slices.Contains(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), want)
		}
	}
}

// TestRuleNames holds the names that the settings take in exceptions to the
// rules, which the settings can't import.
func TestRuleNames(t *testing.T) {
	var names []string
	for _, rule := range check.Rules() {
		names = append(names, rule.Name)
	}
	declared := settings.RuleNames()
	slices.Sort(names)
	slices.Sort(declared)
	if !slices.Equal(names, declared) {
		t.Errorf("the settings take the rules\n%v\nand there are\n%v", declared, names)
	}
}

// TestFindingsOnce holds findings to the order of their addresses, and none to
// being made twice: not even of what has drifted, which is compared twice.
func TestFindingsOnce(t *testing.T) {
	for _, f := range failing {
		var addresses []string
		seen := map[string]bool{}
		for _, x := range f.subject(t).Judge(check.Rules()) {
			addresses = append(addresses, x.Address)
			if key := x.Rule + " " + x.Address + " " + x.Message; seen[key] {
				t.Errorf("%s: twice: %s", f.name, key)
			} else {
				seen[key] = true
			}
		}
		if !slices.IsSorted(addresses) {
			t.Errorf("%s: out of order: %v", f.name, addresses)
		}
	}
}
