package audit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"datalock/internal/audit"
	"datalock/internal/testkit/sandbox"
	"datalock/internal/testkit/testbucket"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }

// TestServer has the tests that need a server, all the same one.
func TestServer(t *testing.T) {
	l := newTestServer(t)
	for _, one := range []struct {
		name string
		test func(*testing.T, testServer)
	}{
		{"drift", testDrift}, {"every guard", testEveryGuard}, {"defaults", testDefaults}, {"versions", testVersions},
		{"inventory", testInventory}, {"rights", testRights}, {"members", testMembers}, {"services", testServices},
		{"owner", testOwner}, {"datasets", testDatasets}, {"rate", testRate},
	} {
		t.Run(one.name, func(t *testing.T) { one.test(t, l) })
	}
}

// rulesOf are the names of the rules that found something, each once.
func rulesOf(findings []audit.Finding) []string {
	names := map[string]bool{}
	for _, f := range findings {
		names[f.Rule] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// A drift is a guard that was weakened by hand.
type drift struct {
	name    string
	weaken  func(l testServer, t *testing.T, bucket string) error
	restore func(l testServer, t *testing.T, bucket string) error
	// rule finds it, and says a text; without a rule it is a note.
	rule, says string
}

// drifts weaken each guard of a default bucket, but its policy.
var drifts = []drift{
	{
		"no default retention",
		retain("", 0),
		retain("COMPLIANCE", 90),
		"lock-removed",
		"there is no default retention; the settings say COMPLIANCE for 90 days",
	},
	{
		"a weaker mode",
		retain("GOVERNANCE", 90),
		retain("COMPLIANCE", 90),
		"mode-weakened",
		"is GOVERNANCE; the settings say COMPLIANCE",
	},
	{
		"a shorter retention",
		retain("COMPLIANCE", 89),
		retain("COMPLIANCE", 90),
		"retention-shortened",
		"is 89 days; the settings say 90 days",
	},
	{"no public access block", func(l testServer, t *testing.T, bucket string) error {
		_, err := l.hand.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: &bucket})
		return err
	}, block(0), "guard-missing", "no public access block"},
	{"public ACLs", block(1), block(0), "public-access", "block_public_acls not true"},
	{"public policies", block(2), block(0), "public-access", "block_public_policy not true"},
	{"ACLs that count", block(3), block(0), "public-access", "ignore_public_acls not true"},
	{"public buckets", block(4), block(0), "public-access", "restrict_public_buckets not true"},
	{"no ownership controls", func(l testServer, t *testing.T, bucket string) error {
		_, err := l.hand.DeleteBucketOwnershipControls(t.Context(), &s3.DeleteBucketOwnershipControlsInput{Bucket: &bucket})
		return err
	}, own(types.ObjectOwnershipBucketOwnerEnforced), "guard-missing", "no ownership controls"},
	{
		"other owners",
		own(types.ObjectOwnershipObjectWriter),
		own(types.ObjectOwnershipBucketOwnerEnforced),
		"ownership",
		`"ObjectWriter"`,
	},
	{"no policy", func(l testServer, t *testing.T, bucket string) error {
		_, err := l.hand.DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: &bucket})
		return err
	}, nil, "guard-missing", "no policy"},
	{"no lifecycle", func(l testServer, t *testing.T, bucket string) error {
		_, err := l.hand.DeleteBucketLifecycle(t.Context(), &s3.DeleteBucketLifecycleInput{Bucket: &bucket})
		return err
	}, rules(), "lifecycle-changed", "incomplete uploads are removed after 7 days"},
	{
		"versions that expire",
		rules(expiring("all", "", 1)),
		rules(),
		"expires-sooner",
		`rule "all" expires versions sooner`,
	},
	{"some versions that expire", rules(expiring("some", "logs/", 400)), rules(), "expires-sooner", `rule "some"`},
	{"incomplete uploads that stay", func(l testServer, t *testing.T, bucket string) error {
		return l.hand.Lifecycle(t, bucket, aborting(70))
	}, rules(), "lifecycle-changed", "incomplete uploads are removed after 7 days"},
	{"incomplete uploads that stay but for a prefix", func(l testServer, t *testing.T, bucket string) error {
		rule := aborting(7)
		rule.Filter.Prefix = aws.String("logs/")
		return l.hand.Lifecycle(t, bucket, rule)
	}, rules(), "lifecycle-changed", "incomplete uploads are removed after 7 days"},
	{"a lifecycle that is disabled", func(l testServer, t *testing.T, bucket string) error {
		rule := aborting(7)
		rule.Status = types.ExpirationStatusDisabled
		return l.hand.Lifecycle(t, bucket, rule)
	}, rules(), "lifecycle-changed", "incomplete uploads are removed after 7 days"},
	{"replication", func(l testServer, t *testing.T, bucket string) error {
		return l.hand.Replicate(t, bucket, "arn:aws:iam::012345678901:role/copier", "arn:aws:s3:::elsewhere")
	}, func(l testServer, t *testing.T, bucket string) error {
		_, err := l.hand.DeleteBucketReplication(t.Context(), &s3.DeleteBucketReplicationInput{Bucket: &bucket})
		return err
	}, "replicated-elsewhere", "everything new is copied to arn:aws:s3:::elsewhere"},
	{"logging", logging(&types.LoggingEnabled{
		TargetBucket: aws.String("drift"),
		TargetPrefix: aws.String("log/"),
	}), logging(nil),
		"", "server access logs go to s3://drift/log/"},
	{"an inventory", func(l testServer, t *testing.T, bucket string) error {
		return l.hand.Inventory(t, bucket, &types.InventoryConfiguration{
			Id: aws.String("all"), IsEnabled: aws.Bool(true), IncludedObjectVersions: types.InventoryIncludedObjectVersionsAll,
			Schedule: &types.InventorySchedule{Frequency: types.InventoryFrequencyDaily},
			Destination: &types.InventoryDestination{S3BucketDestination: &types.InventoryS3BucketDestination{
				Bucket: aws.String("arn:aws:s3:::reports"), Format: types.InventoryFormatCsv,
			}},
		})
	}, func(l testServer, t *testing.T, bucket string) error {
		_, err := l.hand.DeleteBucketInventoryConfiguration(t.Context(),
			&s3.DeleteBucketInventoryConfigurationInput{Bucket: &bucket, Id: aws.String("all")})
		return err
	}, "", `the inventory "all", enabled, Daily, All versions, CSV to arn:aws:s3:::reports, isn't declared`},
	{"notifications", notify(&types.NotificationConfiguration{QueueConfigurations: []types.QueueConfiguration{{
		QueueArn: aws.String("arn:aws:sqs:us-east-1:1:q"), Events: []types.Event{"s3:ObjectCreated:*"},
	}}}), notify(&types.NotificationConfiguration{}), "", "events are sent to arn:aws:sqs:us-east-1:1:q"},
}

func retain(mode string, days int32) func(testServer, *testing.T, string) error {
	return func(l testServer, t *testing.T, bucket string) error {
		return l.hand.Retain(t, bucket, types.ObjectLockRetentionMode(mode), days)
	}
}

// block turns one of the four settings off, none for 0.
func block(off int) func(testServer, *testing.T, string) error {
	return func(l testServer, t *testing.T, bucket string) error {
		return l.hand.Block(t, bucket, off != 1, off != 2, off != 3, off != 4)
	}
}

func own(by types.ObjectOwnership) func(testServer, *testing.T, string) error {
	return func(l testServer, t *testing.T, bucket string) error { return l.hand.Own(t, bucket, by) }
}

func aborting(days int32) types.LifecycleRule {
	rule := testbucket.Enabled("abort-incomplete-multipart-uploads", "")
	rule.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: &days}
	return rule
}

func expiring(id, prefix string, days int32) types.LifecycleRule {
	rule := testbucket.Enabled(id, prefix)
	rule.Expiration = &types.LifecycleExpiration{Days: &days}
	return rule
}

// rules puts some beside that of a default bucket.
func rules(beside ...types.LifecycleRule) func(testServer, *testing.T, string) error {
	return func(l testServer, t *testing.T, bucket string) error {
		return l.hand.Lifecycle(t, bucket, append([]types.LifecycleRule{aborting(7)}, beside...)...)
	}
}

func logging(to *types.LoggingEnabled) func(testServer, *testing.T, string) error {
	return func(l testServer, t *testing.T, bucket string) error { return l.hand.Log(t, bucket, to) }
}

func notify(c *types.NotificationConfiguration) func(testServer, *testing.T, string) error {
	return func(l testServer, t *testing.T, bucket string) error { return l.hand.Notify(t, bucket, c) }
}

// testDrift weakens every guard by hand, one at a time: each is named, and by
// nothing but its rule; an untouched bucket gives nothing.
func testDrift(t *testing.T, l testServer) {
	const bucket = "drift"
	l.hand.Deploy(t, "default", "ai-dataset", bucket)
	c := audit.Config{
		Bucket:       bucket,
		Stack:        "ai-dataset",
		Wanted:       declared(t, "default", "ai-dataset", bucket),
		SkipVersions: true,
	}
	untouched := func(when string) audit.Bucket {
		t.Helper()
		b := l.audited(t, c)
		if b.Status() != audit.OK || len(b.Notes) > 0 || len(b.Parts) < 14 {
			t.Errorf("%s: %+v", when, b)
		}
		return b
	}
	untouched("an untouched bucket")
	whole := policyOf(t, l, bucket)
	for _, d := range drifts {
		if err := d.weaken(l, t, bucket); err != nil {
			t.Errorf("%s: %v", d.name, err)
			continue
		}
		b := l.audited(t, c)
		told := strings.Join(b.Notes, "\n")
		for _, f := range b.Findings {
			told += fmt.Sprintf("\n%s %s: %s", f.Rule, f.Address, f.Message)
		}
		want := []string{d.rule}
		if d.rule == "" {
			want = nil
		}
		if got := rulesOf(b.Findings); !slices.Equal(got, want) || !strings.Contains(told, d.says) {
			t.Errorf("%s: found %v, want %v with %q:\n%s", d.name, got, want, d.says, told)
		}
		restore := d.restore
		if restore == nil {
			restore = func(l testServer, t *testing.T, bucket string) error { return l.hand.Policy(t, bucket, whole) }
		}
		if err := restore(l, t, bucket); err != nil {
			t.Fatalf("%s: %v", d.name, err)
		}
	}
	untouched("a restored bucket")
	l.driftOfPolicy(t, c, whole)
}

func policyOf(t *testing.T, l testServer, bucket string) string {
	t.Helper()
	out, err := l.hand.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Policy
}

// driftOfPolicy takes each statement out of the policy, and loosens some.
func (l testServer) driftOfPolicy(t *testing.T, c audit.Config, whole string) {
	var document struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(whole), &document); err != nil {
		t.Fatal(err)
	}
	loosened := func(name, text string, says string) {
		t.Helper()
		if text == whole {
			t.Fatalf("%s: the policy is the same", name)
		}
		if err := l.hand.Policy(t, c.Bucket, text); err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		b := l.audited(t, c)
		if got := rulesOf(b.Findings); !slices.Equal(got, []string{"policy-loosened"}) ||
			!strings.Contains(b.Findings[0].Message, says) {
			t.Errorf("%s: found %v: %+v", name, got, b.Findings)
		}
	}
	if len(document.Statement) < 10 {
		t.Errorf("there are %d statements", len(document.Statement))
	}
	all := document.Statement
	for i, s := range all {
		document.Statement = slices.Delete(slices.Clone(all), i, i+1)
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		sid := fmt.Sprint(s["Sid"])
		loosened("without "+sid, string(text), "statement "+sid+" is gone")
	}
	for old, renewed := range map[string]string{
		`"s3:TlsVersion":"1.2"`: `"s3:TlsVersion":"1.1"`, `-days":"89"`: `-days":"88"`, `-days":"3650"`: `-days":"3651"`,
		`"Action":["s3:DeleteObject","s3:ReplicateDelete"]`: `"Action":"s3:DeleteObject"`,
		`"s3:object-lock-mode":"GOVERNANCE"}`:               `"s3:object-lock-mode":"GOVERNANCE"},"StringLike":{"aws:PrincipalArn":"*x*"}`,
		`{"Version":"2012-10-17","Statement":[`: `{"Version":"2012-10-17","Statement":[{"Sid":"Reader","Effect":"Allow",` +
			`"Principal":{"AWS":"arn:aws:iam::012345678901:role/reader"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::drift/*"},`,
	} {
		loosened(renewed, strings.Replace(whole, old, renewed, 1), "compared with the settings, statement ")
	}
	out := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::drift/*"},`
	if err := l.hand.Policy(t, c.Bucket,
		strings.Replace(whole, `{"Version":"2012-10-17","Statement":[`, out, 1)); err != nil {
		t.Fatal(err)
	}
	if got := rulesOf(l.audited(t, c).Findings); !slices.Equal(got, []string{"locked-out"}) {
		t.Errorf("a policy that nobody can read through: found %v", got)
	}
}
