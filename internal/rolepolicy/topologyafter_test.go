package rolepolicy_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/audit"
	"datalock/internal/awsprovider"
	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/testbucket"
	"datalock/internal/testkit/tftest"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// audited audits what Terraform has deployed: nothing is wrong with the roles, the
// trail, the alarms and their topic, and the policy of an audit allows exactly what
// it asks of other services than S3.
func (top topology) audited(t *testing.T) {
	t.Helper()
	s, err := settings.Decode([]byte(wholeTopology))
	if err != nil {
		t.Fatal(err)
	}
	at, region := aws.String(top.others.URL), "us-east-1"
	keys := credentials.NewStaticCredentialsProvider("id", "secret", "")
	c := audit.Config{
		S3: testbucket.Client(t, top.server), Bucket: "acme-data", Stack: "data", Wanted: s.BucketOf("data"), SkipVersions: true,
		KMS:         kms.New(kms.Options{BaseEndpoint: at, Region: region, Credentials: keys}),
		CloudTrail:  cloudtrail.New(cloudtrail.Options{BaseEndpoint: at, Region: region, Credentials: keys}),
		EventBridge: eventbridge.New(eventbridge.Options{BaseEndpoint: at, Region: region, Credentials: keys}),
		SNS:         sns.New(sns.Options{BaseEndpoint: at, Region: region, Credentials: keys}),
		IAM:         iam.New(iam.Options{BaseEndpoint: at, Region: region, Credentials: keys}),
	}
	top.others.Asked()
	looked := 0
	for _, one := range append([]audit.Config{c}, c.Members()...) {
		b, err := audit.Run(t.Context(), one)
		if err != nil || len(b.Unknown()) > 0 {
			t.Errorf("%s: unknown %+v, %v", b.Name, b.Unknown(), err)
		}
		for _, p := range b.Parts {
			if strings.HasPrefix(p.Name, "alarm ") || strings.Contains(p.Name, "role for ") {
				looked++
			}
		}
		for _, f := range b.Findings {
			// The lifecycle is left out, and the replica is in another Region than declared.
			if !strings.HasSuffix(f.Address, "lifecycle") && f.Rule != "region-changed" {
				t.Errorf("%s: %s %s: %s", b.Name, f.Rule, f.Address, f.Message)
			}
		}
	}
	if looked != 12 {
		t.Errorf("%d roles, policies of roles and alarms were looked at", looked)
	}
	want := slices.DeleteFunc(allowed(policyOf(t, top.text, rolepolicy.Audit)), func(action string) bool {
		return strings.HasPrefix(action, "s3:") || action == "kms:Decrypt"
	})
	if got := top.others.Asked(); !slices.Equal(got, want) {
		t.Errorf("an audit asks for %v,\nallowed is %v", got, want)
	}
}

// adopted forgets the data bucket, changes some of its configurations by hand, and
// adopts it: all of it is imported, with what the topology adds to it, and what was
// changed is changed back.
func (top topology) adopted(t *testing.T) {
	t.Helper()
	hand := testbucket.Hand{Client: testbucket.Client(t, top.server)}
	if err := errors.Join(
		hand.Log(t, "acme-data", &types.LoggingEnabled{TargetBucket: aws.String("acme-data-evidence"), TargetPrefix: aws.String("elsewhere/")}),
		hand.Replicate(t, "acme-data", "arn:aws:iam::012345678901:role/copy", "arn:aws:s3:::acme-data-trail"),
		hand.Notify(t, "acme-data", &types.NotificationConfiguration{EventBridgeConfiguration: &types.EventBridgeConfiguration{}}),
	); err != nil {
		t.Fatal(err)
	}
	s, err := settings.Decode([]byte(wholeTopology))
	if err != nil {
		t.Fatal(err)
	}
	kinds := slices.DeleteFunc(s.BucketOf("data").Adoptable(), func(kind string) bool {
		return kind == "aws_s3_bucket_lifecycle_configuration" // which is left out
	})
	list, err := json.Marshal(kinds)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(wholeTopology, `"name": "acme-data",`, `"name": "acme-data", "adopt": `+string(list)+`,`, 1)
	path := filepath.Join(apptest.Synth(t, []byte(text)), "stacks", "data", "cdk.tf.json")
	if err := errors.Join(tftest.Lighten(path), awsprovider.InOneRegion(path)); err != nil {
		t.Fatal(err)
	}
	adopting, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Import []struct{ To string } }
	if err := json.Unmarshal(adopting, &file); err != nil {
		t.Fatal(err)
	}
	args := []string{"state", "rm"}
	for _, one := range file.Import {
		args = append(args, one.To)
	}
	if len(file.Import) != len(kinds)+1 || len(kinds) != 10 {
		t.Errorf("%d imports for %v", len(file.Import), kinds)
	}
	top.Run(t, top.dir, args...)
	if err := os.WriteFile(filepath.Join(top.dir, "cdk.tf.json"), adopting, 0o600); err != nil {
		t.Fatal(err)
	}
	out := string(top.Run(t, top.dir, "apply", "-auto-approve", "-no-color"))
	if !strings.Contains(out, "Apply complete! Resources: 11 imported, 0 added, 3 changed, 0 destroyed.") {
		t.Errorf("the adoption:\n%s", out)
	}
	top.Run(t, top.dir, "plan", "-detailed-exitcode")
}
