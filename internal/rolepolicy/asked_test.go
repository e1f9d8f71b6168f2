package rolepolicy_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/awsprovider"
	"datalock/internal/policy"
	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/testbucket"
	"datalock/internal/testkit/tftest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// iamActions are the IAM actions of API calls that are named otherwise.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var iamActions = map[string]string{
	"HeadBucket": "ListBucket", "GetBucketCors": "GetBucketCORS",
	"GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
	"GetBucketEncryption":              "GetEncryptionConfiguration", "PutBucketEncryption": "PutEncryptionConfiguration",
	"GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
	"PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
	"GetBucketReplication":            "GetReplicationConfiguration",
	"GetPublicAccessBlock":            "GetBucketPublicAccessBlock", "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
	"GetBucketInventoryConfiguration":    "GetInventoryConfiguration",
	"PutBucketInventoryConfiguration":    "PutInventoryConfiguration",
	"GetBucketNotificationConfiguration": "GetBucketNotification",
	"PutBucketNotificationConfiguration": "PutBucketNotification",
	"PutBucketReplication":               "PutReplicationConfiguration",
	"GetObjectLockConfiguration":         "GetBucketObjectLockConfiguration",
	"PutObjectLockConfiguration":         "PutBucketObjectLockConfiguration",
}

// method is a request in the provider's log, as Terraform writes it or as the
// provider itself does. Provider 6 names the service before it.
var method = regexp.MustCompile(`rpc\.method(?:=|":")"?(?:[\w ]+/)?(\w+)`)

// A deployment is a stack that Terraform deploys, with the provider's logs.
type deployment struct {
	tftest.Terraform
	dir  string
	logs []string
}

// newDeployment returns a Terraform whose provider logs to one of two files:
// the first where it is shared, the second where Terraform starts it.
func newDeployment(t *testing.T, tf tftest.Terraform, dir string) deployment {
	t.Helper()
	logs := []string{filepath.Join(t.TempDir(), "shared"), filepath.Join(t.TempDir(), "log")}
	shared, err := os.OpenFile(logs[0], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shared.Close() })
	tf = tf.With(map[string]string{"TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": logs[1]})
	return deployment{tf.ShareLogged(t, shared), dir, logs}
}

// log returns what the provider has logged so far.
func (d deployment) log(t *testing.T) string {
	t.Helper()
	var all string
	for _, path := range d.logs {
		text, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		all += string(text)
	}
	return all
}

// forget empties the logs.
func (d deployment) forget(t *testing.T) {
	t.Helper()
	for _, path := range d.logs {
		if err := os.Truncate(path, 0); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// asked runs terraform and returns the IAM actions that the provider needed.
func (d deployment) asked(t *testing.T, args ...string) []string {
	t.Helper()
	d.forget(t)
	d.Run(t, d.dir, args...)
	return d.actions(t)
}

// actions are the IAM actions in the log.
func (d deployment) actions(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	for _, match := range method.FindAllStringSubmatch(d.log(t), -1) {
		name := match[1]
		if other, ok := iamActions[name]; ok {
			name = other
		}
		found["s3:"+name] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// create applies the stack for the first time and returns the IAM actions that
// the provider needed. It interrupts terraform once the provider has read back
// the lifecycle configuration that it wrote: it would read it for 55 seconds.
// Then it imports that, and applies the rest.
func (d deployment) create(t *testing.T) []string {
	t.Helper()
	d.forget(t)
	var out bytes.Buffer
	cmd := exec.Command(d.Path, "apply", "-auto-approve")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = d.dir, d.Env, &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	interrupted := false
	for running := true; running; {
		select {
		case <-ended:
			running = false
		case <-time.After(100 * time.Millisecond):
			_, after, _ := strings.Cut(d.log(t), "PutBucketLifecycleConfiguration")
			if !interrupted && strings.Contains(after, "GetBucketLifecycleConfiguration") {
				_ = cmd.Process.Signal(os.Interrupt)
				interrupted = true
			}
		}
	}
	if !interrupted {
		t.Fatalf("the provider doesn't read the lifecycle configuration that it wrote:\n%s", out.String())
	}
	first := d.actions(t)
	d.Run(t, d.dir, "import", "aws_s3_bucket_lifecycle_configuration.lifecycle", "acme-data")
	all := append(first, d.asked(t, "apply", "-auto-approve", "-refresh=false")...)
	slices.Sort(all)
	return slices.Compact(all)
}

// allowed returns what a policy allows, sorted.
func allowed(d policy.Document) []string {
	var all []string
	for _, statement := range d.Statement {
		if statement.Effect == "Allow" {
			all = append(all, statement.Action...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestAsTerraformAsks deploys onto a real S3 server and holds the policies to
// the calls of the AWS provider: no action is missing, and none is too much.
func TestAsTerraformAsks(t *testing.T) {
	t.Parallel()
	tf, server := tftest.Find(t), s3test.Start(t, "--tls")
	tf = tf.With(server.Env())
	settings := `{"region": %q, "endpoint": %q, "tags": {"team": "%s"}, "buckets": {"data": {"name": "acme-data"}}}`
	dir := filepath.Join(apptest.Synth(t, fmt.Appendf(nil, settings, server.Region, server.Endpoint, "ml")), "stacks",
		"data")
	// The lifecycle configuration stays: its actions are a subject of this test.
	if err := awsprovider.WithoutEndpoints(filepath.Join(dir, "cdk.tf.json")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "cdk.tf.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDeployment(t, tf, dir)
	d.Run(t, dir, "init")
	if got, want := d.create(t), allowed(policyOf(t, text, rolepolicy.Create)); !slices.Equal(got, want) {
		t.Errorf("the first apply asks for %v,\nallowed is %v", got, want)
	}
	if got, want := d.asked(t, "plan"), allowed(policyOf(t, text, rolepolicy.Plan)); !slices.Equal(got, want) {
		t.Errorf("a plan asks for %v,\nallowed is %v", got, want)
	}
	// Everything that a change may touch without the lock.
	changed := strings.Replace(string(text), `"ml"`, `"data"`, 1)
	if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(changed), 0o600); err != nil ||
		changed == string(text) {
		t.Fatalf("change the tags: %v", err)
	}
	change := allowed(policyOf(t, text, rolepolicy.Change))
	for _, action := range d.asked(t, "apply", "-auto-approve") {
		if !slices.Contains(change, action) {
			t.Errorf("a change of tags asks for %s, which phase change doesn't allow", action)
		}
	}
}

// TestAsAnAdoptionAsks has Terraform adopt a bucket: importing asks for nothing
// that the policies for planning and for the first apply don't allow.
func TestAsAnAdoptionAsks(t *testing.T) {
	t.Parallel()
	tf, server := tftest.Find(t), s3test.Start(t, "--tls")
	h := testbucket.Hand{Client: testbucket.Client(t, server)}
	if _, err := h.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("acme-data")}); err != nil {
		t.Fatal(err)
	}
	// The lifecycle that the stack declares: the provider has nothing to change,
	// and doesn't wait.
	abort := testbucket.Enabled("abort-incomplete-multipart-uploads", "")
	abort.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)}
	if err := errors.Join(
		h.Lifecycle(t, "acme-data", abort), h.Block(t, "acme-data", true, false, true, true),
		h.Encrypt(t, "acme-data", types.ServerSideEncryptionAes256, ""),
		h.Own(t, "acme-data", types.ObjectOwnershipObjectWriter),
	); err != nil {
		t.Fatal(err)
	}
	settings := fmt.Appendf(nil, `{"region": %q, "endpoint": %q, "buckets": {"data": {"name": "acme-data", "tags": {"team": "ml"}, "adopt": [
		"aws_s3_bucket_versioning", "aws_s3_bucket_public_access_block", "aws_s3_bucket_ownership_controls",
		"aws_s3_bucket_server_side_encryption_configuration", "aws_s3_bucket_lifecycle_configuration"]}}}`, server.Region,
		server.Endpoint)
	dir := filepath.Join(apptest.Synth(t, settings), "stacks", "data")
	text, err := os.ReadFile(filepath.Join(dir, "cdk.tf.json"))
	if err == nil {
		err = awsprovider.WithoutEndpoints(filepath.Join(dir, "cdk.tf.json"))
	}
	if err != nil {
		t.Fatal(err)
	}
	d := newDeployment(t, tf.With(server.Env()), dir)
	d.Run(t, dir, "init")
	for _, c := range []struct {
		phase rolepolicy.Phase
		args  []string
		want  string
	}{
		{rolepolicy.Plan, []string{"plan"}, "s3:GetBucketVersioning"},
		{rolepolicy.Create, []string{"apply", "-auto-approve"}, "s3:PutBucketObjectLockConfiguration"},
	} {
		asked := d.asked(t, c.args...)
		if !slices.Contains(asked, c.want) {
			t.Errorf("%s: it doesn't ask for %s, but for %v", c.phase, c.want, asked)
		}
		for _, action := range asked {
			if !slices.Contains(allowed(policyOf(t, text, c.phase)), action) {
				t.Errorf("an adoption asks for %s, which phase %s doesn't allow", action, c.phase)
			}
		}
	}
}
