package rolepolicy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/policy"
	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/apptest"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

// stack synthesises the settings and returns the Terraform of one stack.
func stack(t *testing.T, settings, name string) []byte {
	t.Helper()
	return read(t, apptest.Synth(t, []byte(settings)), name)
}

// read returns the Terraform of one of the app's stacks.
func read(t *testing.T, output, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(output, "stacks", name, "cdk.tf.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func policyOf(t *testing.T, stack []byte, phase rolepolicy.Phase) policy.Document {
	t.Helper()
	d, err := rolepolicy.Policy(stack, phase)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestEveryExample: whatever the app declares, the policy can be made of it. The
// snapshots are what it declares for the examples, as TestSnapshots of the app
// holds.
func TestEveryExample(t *testing.T) {
	t.Parallel()
	for name := range apptest.ExampleSettings(t) {
		stacks, err := filepath.Glob(filepath.Join(apptest.Root(), "testdata", "snapshots", name, "*.tf.json"))
		if err != nil || len(stacks) == 0 {
			t.Fatalf("%s: %v, %d stacks", name, err, len(stacks))
		}
		for _, path := range stacks {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, phase := range rolepolicy.Phases {
				d := policyOf(t, text, phase)
				// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
				if compact := d.String(); len(compact) > 6144 {
					t.Errorf("%s, %s: the policy has %d characters, more than a managed policy may have", path, phase, len(compact))
				}
				for _, statement := range d.Statement {
					if statement.Effect == "Allow" && slices.Contains(statement.Resource, "*") && statement.Sid != "CreateKey" &&
						statement.Sid != "FindTrail" {
						t.Errorf("%s: %s is allowed on everything", path, statement.Sid)
					}
					if strings.Contains(strings.Join(statement.Action, " "), "*") {
						t.Errorf("%s: %s has a pattern of actions", path, statement.Sid)
					}
				}
			}
		}
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	const settings = `{"region": "us-gov-west-1", "account": "012345678901", "backend": {"s3": {"bucket": "states"}},
		"buckets": {"named": {"name": "acme-data"}, "prefixed": {"encryption": {"algorithm": "aws:kms"}}}}`
	output := apptest.Synth(t, []byte(settings))
	for name, want := range map[string][]string{
		"named": {
			"arn:aws-us-gov:s3:::acme-data",
			"arn:aws-us-gov:s3:::acme-data/*",
			"arn:aws-us-gov:s3:::states",
			"arn:aws-us-gov:s3:::states/datalock/named.tfstate",
			"arn:aws-us-gov:s3:::states/datalock/named.tfstate.tflock",
		},
		"prefixed": {
			"arn:aws-us-gov:s3:::prefixed-??????????????????????????",
			"arn:aws-us-gov:kms:us-gov-west-1:012345678901:key/*",
		},
	} {
		text := policyOf(t, read(t, output, name), rolepolicy.Create).String()
		for _, arn := range want {
			if !strings.Contains(text, `"`+arn+`"`) {
				t.Errorf("%s: there is no %s in:\n%s", name, arn, text)
			}
		}
	}
}

// TestProvider6 has what AWS provider 6.58.0 requests in addition, as its log has
// it: it reads and writes a bucket's tags by S3 Control where it knows the account.
func TestProvider6(t *testing.T) {
	t.Parallel()
	tags := map[rolepolicy.Phase][]string{
		rolepolicy.Plan:   {"s3:ListTagsForResource"},
		rolepolicy.Change: {"s3:ListTagsForResource", "s3:TagResource", "s3:UntagResource"},
		rolepolicy.Create: {"s3:ListTagsForResource", "s3:TagResource", "s3:UntagResource"},
	}
	for version, six := range map[string]bool{"~> 5.99": false, "~> 6.0": true, ">= 5.99, < 7.0": true} {
		text := stack(t, `{"region": "us-east-1", "awsProviderVersion": "`+version+
			`", "buckets": {"data": {"name": "acme-data"}}}`, "data")
		for phase, more := range tags {
			got := allowed(policyOf(t, text, phase))
			if !six {
				if slices.ContainsFunc(got, func(action string) bool { return slices.Contains(tags[rolepolicy.Change], action) }) {
					t.Errorf("%s: phase %s allows what provider 5 doesn't ask for: %v", version, phase, got)
				}
				continue
			}
			for _, action := range more {
				if !slices.Contains(got, action) {
					t.Errorf("%s: phase %s lacks %s", version, phase, action)
				}
			}
			if phase == rolepolicy.Plan && slices.Contains(got, "s3:TagResource") {
				t.Errorf("%s: phase plan may write tags", version)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	const bucket = `"resource": {"aws_s3_bucket": {"b": {"bucket": "acme-data"}}}`
	const provider = `"provider": {"aws": [{"region": "us-east-1"}]}`
	for name, test := range map[string]struct{ stack, want string }{
		"no JSON":     {"{", "read the synthesized stack: unexpected end"},
		"no provider": {"{" + bucket + "}", "it must have one aws provider with a region"},
		"no bucket":   {"{" + provider + "}", "it declares no aws_s3_bucket"},
		"only a pattern": {
			"{" + provider + `, "resource": {"aws_s3_bucket": {"b": {"bucket": "${var.name}"}}}}`,
			`the name "${var.name}" isn't known before a deploy`,
		},
		"a stranger": {"{" + provider + `, "resource": {"aws_instance": {"i": {}}}}`, "the stack declares aws_instance"},
		"its own state": {"{" + provider +
			`, "resource": {"aws_s3_bucket": {"b": {"bucket": "acme-${formatdate(\"YYYYMMDDhhmmss\", plantimestamp())}` +
			`${substr(sha256(\"x ${plantimestamp()}\"), 0, 12)}"}}}, "terraform": {"backend": {"s3": {"bucket": ` +
			`"acme-states-of-26-characters-xy", "key": "k"}}}}`,
			"the state's bucket acme-states-of-26-characters-xy matches the stack's bucket"},
	} {
		if _, err := rolepolicy.Policy([]byte(test.stack), rolepolicy.Create); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %q", name, err, test.want)
		}
	}
	if _, err := rolepolicy.Policy([]byte("{"+provider+","+bucket+"}"), "destroy"); err == nil {
		t.Error("an unknown phase is taken")
	}
}
