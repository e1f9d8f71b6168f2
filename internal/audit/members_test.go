package audit_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"datalock/internal/audit"
	"datalock/internal/testkit/awstest"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The names in the example.
const (
	dataBucket  = "acme-training-data"
	trailBucket = dataBucket + "-trail"
)

// membersOf deploys the other buckets of the example with every setting, and
// returns how they are audited, by their kinds.
func membersOf(t *testing.T, l testServer, trail *cloudtrail.Client) map[audit.Kind]audit.Config {
	t.Helper()
	wanted := declared(t, "everything-on", "training-data", dataBucket)
	// The local server has one Region, and no KMS.
	wanted.Region, wanted.Replica.Region = l.Region, l.Region
	c := audit.Config{Bucket: dataBucket, Stack: "training-data", Wanted: wanted, CloudTrail: trail}
	c = servicesOf(t, dataBucket, l.Region).in(c)
	keys := keyring{state: "Enabled", policy: deployedKeyPolicy(t), rotated: true, every: 365}
	all := map[audit.Kind]audit.Config{}
	for _, m := range c.Members() {
		if name := l.hand.DeployMember(t, "everything-on", "training-data", string(m.Kind)); name != m.Bucket {
			t.Errorf("the %s is %s, and its audit looks at %s", m.Kind.Says(), name, m.Bucket)
		}
		m.KMS = keys.client(t)
		all[m.Kind] = m
	}
	if len(all) != 3 {
		t.Fatalf("%d buckets beside that with the data", len(all))
	}
	return all
}

// testMembers weakens the other buckets of a stack by hand, one guard at a time.
func testMembers(t *testing.T, l testServer) {
	trail := trailOf(t)
	all := membersOf(t, l, trail)
	for kind, c := range all {
		if b := l.audited(t, c); b.Status() != audit.OK || len(b.Notes) > 0 || len(b.Parts) < 14 {
			t.Errorf("an untouched %s: %+v", kind.Says(), b)
		}
		l.driftOfMembersPolicy(t, c)
	}
	for _, d := range []struct {
		kind   audit.Kind
		weaken func(bucket string) error
		rule   string
		says   string
	}{
		{audit.Evidence, func(bucket string) error {
			return l.hand.Versioning(t, bucket, types.BucketVersioningStatusSuspended)
		}, "versioning-off", "aws_s3_bucket_versioning.evidence_versioning: versioning is Suspended"},
		{audit.Evidence, func(bucket string) error {
			_, err := l.hand.DeleteBucketLifecycle(t.Context(), &s3.DeleteBucketLifecycleInput{Bucket: &bucket})
			return err
		}, "lifecycle-changed", "aws_s3_bucket_lifecycle_configuration.evidence_lifecycle: no rule does what " +
			"\"expire-old-reports\""},
		{audit.Evidence, func(bucket string) error {
			return l.hand.Block(t, bucket, true, false, true, true)
		}, "public-access", "evidence_public_access_block"},
		{audit.Replica, func(bucket string) error {
			return l.hand.Retain(t, bucket, types.ObjectLockRetentionModeCompliance, 365)
		}, "retention-shortened", "replica_object_lock: the default retention is 365 days; the settings say 400 days"},
		{audit.Replica, func(bucket string) error {
			return l.hand.Encrypt(t, bucket, types.ServerSideEncryptionAes256, "")
		}, "encryption-weakened", "replica_encryption"},
		{audit.Trail, func(bucket string) error {
			return l.hand.Retain(t, bucket, types.ObjectLockRetentionModeGovernance, 365)
		}, "mode-weakened", "trail_object_lock"},
		{audit.Trail, func(string) error {
			_, err := trail.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: aws.String(trailBucket)})
			return err
		}, "records-stopped", "aws_cloudtrail.trail: the trail's logging is stopped"},
		{audit.Trail, func(string) error {
			_, err := trail.UpdateTrail(t.Context(), &cloudtrail.UpdateTrailInput{
				Name: aws.String(trailBucket), S3BucketName: aws.String("elsewhere"), EnableLogFileValidation: aws.Bool(false),
			})
			return err
		}, "records-stopped", `the trail writes to the bucket "elsewhere"; the settings say acme-training-data-trail`},
		{audit.Trail, func(string) error {
			return record(t, trail, objectSelector("arn:aws:s3:::acme-training-data/raw/"))
		}, "records-stopped", "no event selector is eventCategory equals Data, readOnly equals false"},
		{audit.Trail, func(string) error {
			_, err := trail.DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: aws.String(trailBucket)})
			return err
		}, "records-stopped", "there is no trail arn:aws:cloudtrail:us-east-1:012345678901:trail/acme-training-data-trail"},
	} {
		c := all[d.kind]
		before := rulesOf(l.audited(t, c).Findings)
		if err := d.weaken(c.Bucket); err != nil {
			t.Errorf("%s: %v", d.says, err)
			continue
		}
		b := l.audited(t, c)
		told := ""
		for _, f := range b.Findings {
			told += fmt.Sprintf("\n%s %s: %s", f.Rule, f.Address, f.Message)
		}
		if !slices.Contains(rulesOf(b.Findings), d.rule) || !strings.Contains(told, d.says) {
			t.Errorf("found %v after %v, want %s with %q:%s", rulesOf(b.Findings), before, d.rule, d.says, told)
		}
	}
	c := all[audit.Trail]
	c.CloudTrail = nil
	if p := part(t, l.audited(t, c), "trail"); p.Status != audit.Unknown {
		t.Errorf("without CloudTrail the trail is %+v", p)
	}
}

// driftOfMembersPolicy takes each statement out of the policy of another bucket.
func (l testServer) driftOfMembersPolicy(t *testing.T, c audit.Config) {
	t.Helper()
	whole := policyOf(t, l, c.Bucket)
	var document struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(whole), &document); err != nil {
		t.Fatal(err)
	}
	rules := map[string]string{
		"AllowAccessLogs": "logging-changed", "AllowInventory": "inventory-changed",
		"AllowTrailCheck": "records-stopped", "AllowTrailLogs": "records-stopped",
	}
	all := document.Statement
	with := func(how, want string, statements []map[string]any) {
		t.Helper()
		document.Statement = statements
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.hand.Policy(t, c.Bucket, string(text)); err != nil {
			t.Fatal(err)
		}
		b := l.audited(t, c)
		if got := rulesOf(b.Findings); !slices.Equal(got, []string{want}) ||
			b.Findings[0].Address != "aws_s3_bucket_policy."+string(c.Kind)+"_policy" {
			t.Errorf("the %s %s: found %+v, want %s", c.Kind.Says(), how, b.Findings, want)
		}
	}
	for i, s := range all {
		sid := fmt.Sprint(s["Sid"])
		want := rules[sid]
		with("without "+sid, cmp.Or(want, "policy-loosened"), slices.Delete(slices.Clone(all), i, i+1))
		if want != "" {
			denial := map[string]any{"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": s["Action"], "Resource": s["Resource"]}
			with("with a denial of "+sid, want, append(slices.Clone(all), denial))
		}
	}
	if err := l.hand.Policy(t, c.Bucket, whole); err != nil {
		t.Fatal(err)
	}
}

// trailOf makes the trail of the example on a server that keeps it.
func trailOf(t *testing.T) *cloudtrail.Client {
	t.Helper()
	client := cloudtrail.New(cloudtrail.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(awstest.Start(t).URL),
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	_, err := client.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{
		Name: aws.String(trailBucket), S3BucketName: aws.String(trailBucket), EnableLogFileValidation: aws.Bool(true),
	})
	if err == nil {
		err = record(t, client, objectSelector("arn:aws:s3:::"+dataBucket+"/"))
	}
	if err == nil {
		_, err = client.StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: aws.String(trailBucket)})
	}
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func field(name string, values ...string) trailtypes.AdvancedFieldSelector {
	return trailtypes.AdvancedFieldSelector{Field: &name, Equals: values}
}

// objectSelector records requests that write objects below a prefix.
func objectSelector(prefix string) trailtypes.AdvancedEventSelector {
	return trailtypes.AdvancedEventSelector{FieldSelectors: []trailtypes.AdvancedFieldSelector{
		field("readOnly", "false"), field("resources.type", "AWS::S3::Object"), field("eventCategory", "Data"),
		{Field: aws.String("resources.ARN"), StartsWith: []string{prefix}},
	}}
}

// record sets what the trail records: some objects, and changes in the account.
func record(t *testing.T, client *cloudtrail.Client, objects trailtypes.AdvancedEventSelector) error {
	t.Helper()
	_, err := client.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{
		TrailName: aws.String(trailBucket),
		AdvancedEventSelectors: []trailtypes.AdvancedEventSelector{objects, {
			FieldSelectors: []trailtypes.AdvancedFieldSelector{field("eventCategory", "Management"), field("readOnly", "false")},
		}},
	})
	return err
}

// testOwner has statements of the owner in the policy, which an audit wants too.
func testOwner(t *testing.T, l testServer) {
	wanted := declared(t, "adopted", "training-data", "acme-training-archive")
	l.hand.Deploy(t, "adopted", "training-data", wanted.Name)
	c := audit.Config{Bucket: wanted.Name, Stack: "training-data", Wanted: wanted, SkipVersions: true}
	policyFindings := func() []audit.Finding {
		return slices.DeleteFunc(l.audited(t, c).Findings, func(f audit.Finding) bool {
			return f.Address != "aws_s3_bucket_policy.policy"
		})
	}
	if found := policyFindings(); len(found) > 0 {
		t.Errorf("with the owner's statements: %+v", found)
	}
	c.Wanted.PolicyStatements = nil
	if found := policyFindings(); len(found) == 0 {
		t.Error("an allowance that the settings don't have is no finding")
	}
}

// TestNoMembers holds that a stack without them has no other buckets.
func TestNoMembers(t *testing.T) {
	if all := (audit.Config{Bucket: "b", Wanted: settings.DefaultBucket()}).Members(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
