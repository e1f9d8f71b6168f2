package main

import (
	"encoding/json"
	"errors"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/adopt"
	"datalock/internal/awsprovider"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/testbucket"
	"datalock/internal/testkit/tftest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// foundBuckets are buckets as they are found, by their names.
var foundBuckets = map[string]func(*testing.T, testbucket.Hand, string) error{
	"found": nil,
	"never-versioned": func(t *testing.T, hand testbucket.Hand, bucket string) error {
		_, err := hand.CreateBucket(t.Context(), &s3.CreateBucketInput{
			Bucket:          &bucket,
			ObjectOwnership: types.ObjectOwnershipObjectWriter,
		})
		return err
	},
	"suspended": func(t *testing.T, hand testbucket.Hand, bucket string) error {
		_, err := hand.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket})
		for _, status := range []types.BucketVersioningStatus{
			types.BucketVersioningStatusEnabled,
			types.BucketVersioningStatusSuspended,
		} {
			if err == nil {
				_, err = hand.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &bucket,
					VersioningConfiguration: &types.VersioningConfiguration{Status: status}})
			}
		}
		return err
	},
	"longer": func(t *testing.T, hand testbucket.Hand, bucket string) error {
		hand.Create(t, bucket)
		if err := hand.Retain(t, bucket, types.ObjectLockRetentionModeCompliance, 400); err != nil {
			return err
		}
		return errors.Join(hand.Block(t, bucket, true, false, true, true), leftAlone(t, hand, bucket))
	},
	"no-default": func(t *testing.T, hand testbucket.Hand, bucket string) error {
		hand.Create(t, bucket)
		return nil
	},
}

// leftAlone gives a bucket what a stack doesn't declare.
func leftAlone(t *testing.T, hand testbucket.Hand, bucket string) error {
	ctx := t.Context()
	_, shared := hand.PutBucketCors(ctx,
		&s3.PutBucketCorsInput{Bucket: &bucket, CORSConfiguration: &types.CORSConfiguration{
			CORSRules: []types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"https://example.com"}}},
		}})
	_, site := hand.PutBucketWebsite(ctx,
		&s3.PutBucketWebsiteInput{Bucket: &bucket, WebsiteConfiguration: &types.WebsiteConfiguration{
			IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")},
		}})
	_, paid := hand.PutBucketRequestPayment(ctx, &s3.PutBucketRequestPaymentInput{Bucket: &bucket,
		RequestPaymentConfiguration: &types.RequestPaymentConfiguration{Payer: types.PayerRequester}})
	_, fast := hand.PutBucketAccelerateConfiguration(ctx, &s3.PutBucketAccelerateConfigurationInput{Bucket: &bucket,
		AccelerateConfiguration: &types.AccelerateConfiguration{Status: types.BucketAccelerateStatusEnabled}})
	return errors.Join(shared, site, paid, fast,
		hand.Replicate(t, bucket, "arn:aws:iam::012345678901:role/copy", "arn:aws:s3:::acme-copy"),
		hand.Log(t, bucket, &types.LoggingEnabled{TargetBucket: aws.String("found"), TargetPrefix: aws.String("logs/")}),
		hand.Notify(t, bucket, &types.NotificationConfiguration{EventBridgeConfiguration: &types.EventBridgeConfiguration{}}))
}

// left are the parts that leftAlone gives a bucket.
var left = []string{
	"CORS", "website", "request payment", "transfer acceleration", "replication", "server access logging",
	"event notifications",
}

// An adoption is one adopted bucket, alone in a project.
type adoption struct {
	process *process
	report  adopt.Report
	stack   string // its folder
}

// adopted has adopt write the bucket, and the app synthesize it.
func adopted(t *testing.T, server s3test.Server, bucket string) adoption {
	t.Helper()
	p := s3ToolIn(t, `{"context": {"datalock": {"region": "us-east-1", "endpoint": "`+server.Endpoint+
		`", "buckets": {}}}}`,
		server, server.Endpoint, "adopt", bucket, "--write", "--json")
	p.Env = append(p.Env, "AWS_CA_BUNDLE="+server.CAFile)
	if got := p.run(t); got != exitOK {
		t.Fatalf("exit %d: %s%s", got, p.out.String(), p.err.String())
	}
	r, err := adopt.ReadReport([]byte(p.out.String()))
	if err != nil {
		t.Fatal(err)
	}
	app := exec.Command(apptest.Build(t))
	app.Dir = p.dir
	if out, err := app.CombinedOutput(); err != nil {
		t.Fatalf("run the app: %v\n%s", err, out)
	}
	a := adoption{p, r, filepath.Join(p.dir, "cdktf.out", "stacks", bucket)}
	if err := awsprovider.WithoutEndpoints(filepath.Join(a.stack, "cdk.tf.json")); err != nil {
		t.Fatal(err)
	}
	return a
}

// asPlanned compares what was said with what Terraform plans: the types that are
// added and changed, and that what is there is imported and nothing destroyed.
func (a adoption) asPlanned(t *testing.T, tf tftest.Terraform) {
	t.Helper()
	tf.Run(t, a.stack, "init")
	text := tf.Run(t, a.stack, "plan", "-no-color", "-out=plan")
	if !strings.Contains(string(text), " 0 to destroy.") {
		t.Errorf("the plan of %s:\n%s", a.stack, text)
	}
	var plan struct {
		Changes []struct {
			Type   string
			Change struct {
				Actions   []string
				Importing *struct{ ID string }
			}
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal(tf.Run(t, a.stack, "show", "-json", "plan"), &plan); err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]bool{"create": {}, "update": {}, "import": {}}
	for _, c := range plan.Changes {
		action := strings.Join(c.Change.Actions, " ")
		if action != "no-op" {
			if got[action] == nil {
				t.Fatalf("%s: %s of %s", a.stack, action, c.Type)
			}
			got[action][c.Type] = true
		}
		if c.Change.Importing != nil {
			got["import"][c.Type] = true
		}
	}
	want := map[string]map[string]bool{
		"create": typesOf(a.report.Add),
		"update": typesOf(a.report.Change),
		"import": {"aws_s3_bucket": true},
	}
	for _, kind := range a.report.Settings.Adopt {
		want["import"][kind] = true
	}
	for action := range want {
		if got, want := slices.Sorted(maps.Keys(got[action])), slices.Sorted(maps.Keys(want[action])); !slices.Equal(got,
			want) {
			t.Errorf("%s: Terraform plans to %s %v, adopt said %v\n%s", a.stack, action, got, want, text)
		}
	}
}

func typesOf(items []adopt.Item) map[string]bool {
	types := map[string]bool{}
	for _, i := range items {
		types[i.Type] = true
	}
	return types
}

// TestAdoptTerraform takes over buckets that were made by hand. What adopt said of
// each is what Terraform plans. One is applied: a second plan is empty, and the
// owner's statement and tag are still there.
func TestAdoptTerraform(t *testing.T) {
	t.Parallel()
	tf := tftest.Find(t)
	server := s3test.Start(t, "--tls")
	tf = tf.With(server.Env()).Share(t)
	hand := testbucket.Hand{Client: testbucket.Client(t, server)}
	aFoundBucket(t, hand, "found", allowReader)
	for name, prepare := range foundBuckets {
		if prepare != nil {
			if err := prepare(t, hand, name); err != nil {
				t.Fatal(err)
			}
		}
		a := adopted(t, server, name)
		a.asPlanned(t, tf)
		if name == "longer" {
			for _, part := range left {
				if !slices.ContainsFunc(a.report.Leave, func(i adopt.Item) bool { return i.Part == part }) {
					t.Errorf("%s isn't left as it is: %+v", part, a.report.Leave)
				}
			}
		}
		if name == "found" {
			a.applied(t, tf, server, hand)
		}
	}
}

// applied applies the plan.
func (a adoption) applied(t *testing.T, tf tftest.Terraform, server s3test.Server, hand testbucket.Hand) {
	t.Helper()
	tf.Run(t, a.stack, "apply", "plan")
	if again := string(tf.Run(t, a.stack, "plan", "-no-color")); !strings.Contains(again, "No changes.") {
		t.Errorf("the second plan:\n%s", again)
	}
	name := aws.String("found")
	kept, err := hand.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: name})
	if err != nil || !strings.Contains(*kept.Policy, "AllowReaders") ||
		!strings.Contains(*kept.Policy, "DenyDeleteMarkers") {
		t.Errorf("%+v, %v", kept, err)
	}
	tags, err := hand.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: name})
	if err != nil || len(tags.TagSet) != 1 || *tags.TagSet[0].Key != "team" {
		t.Errorf("%+v, %v", tags, err)
	}
	again := a.process.again()
	again.Args = append(again.Args[:1], "adopt", "found", "--endpoint", server.Endpoint)
	if got := again.run(t); got != exitOK ||
		!strings.Contains(again.out.String(), "  add\n    nothing\n  change\n    nothing\n") {
		t.Errorf("adopted, it is compared with exit %d: %s%s", got, again.out.String(), again.err.String())
	}
}
