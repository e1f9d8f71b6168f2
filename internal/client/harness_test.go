package client

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/client/judge"
	"datalock/internal/prove"
	"datalock/internal/rehearse"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/s3test"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// programVariable names the program that this test binary runs as when it is
// started as a command.
const programVariable = "CLIENT_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if name := os.Getenv(programVariable); name != "" {
		os.Exit(runProgram(name))
	}
	os.Exit(apptest.Main(m))
}

// deployed returns a bucket on a local server, with the policy from the
// settings.
func deployed(t *testing.T, bucket string) rehearse.Deployed {
	t.Helper()
	server := s3test.Start(t, "--tls")
	declared, err := settings.Decode(settingsAt(server.Endpoint, bucket))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(server.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	d := rehearse.Deployed{
		Stack: "data", Bucket: "acme-data", Region: "us-east-1", Declared: declared.Buckets["data"],
		Folder: t.TempDir(), Server: server.Server, Roots: x509.NewCertPool(),
	}
	d.Roots.AppendCertsFromPEM(pem)
	createBucket(t, d, policyOf(t, bucket))
	return d
}

// settingsAt returns settings with a bucket at an endpoint.
func settingsAt(endpoint, bucket string) []byte {
	return []byte(`{"region":"us-east-1","endpoint":"` + endpoint + `","buckets":{"data":` + bucket + `}}`)
}

// policies has the policies that [policyOf] found, by the bucket's settings.
var policies = map[string]string{}

// policyOf returns the policy of a bucket. The app runs once for each, because
// the policy doesn't depend on the server's port.
func policyOf(t *testing.T, bucket string) string {
	t.Helper()
	if policies[bucket] == "" {
		policies[bucket] = policyIn(t, settingsAt("https://127.0.0.1:1", bucket))
	}
	return policies[bucket]
}

func TestPolicyDependsOnNoPort(t *testing.T) {
	other := policyIn(t, settingsAt("https://127.0.0.1:2", byDefault))
	if policy := policyOf(t, byDefault); policy != other || policy == "" {
		t.Errorf("the policy is\n%s\nwith another port\n%s", policy, other)
	}
}

// createBucket creates the bucket without Terraform.
func createBucket(t *testing.T, d rehearse.Deployed, policy string) {
	t.Helper()
	owner, name, days := d.Owner(), &d.Bucket, int32(90)
	ctx := t.Context()
	_, err := owner.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name, ObjectLockEnabledForBucket: aws.Bool(true)})
	if err == nil {
		_, err = owner.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{Bucket: name,
			ObjectLockConfiguration: &types.ObjectLockConfiguration{
				ObjectLockEnabled: types.ObjectLockEnabledEnabled,
				Rule: &types.ObjectLockRule{
					DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Days: &days},
				},
			}})
	}
	if err == nil {
		_, err = owner.PutBucketOwnershipControls(
			ctx,
			&s3.PutBucketOwnershipControlsInput{Bucket: name, OwnershipControls: &types.OwnershipControls{
				Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}}}},
		)
	}
	if err == nil {
		_, err = owner.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: &policy})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// policyIn returns the bucket policy in the Terraform JSON of settings.
func policyIn(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(apptest.Synth(t, text), "stacks", "data", "cdk.tf.json")
	file, err := os.ReadFile(path)
	var stack struct {
		Resource map[string]map[string]struct{ Policy string }
	}
	if err == nil {
		err = json.Unmarshal(file, &stack)
	}
	if err != nil {
		t.Fatal(err)
	}
	return stack.Resource["aws_s3_bucket_policy"]["policy"].Policy
}

// A trial is a program run against the bucket, with its result.
type trial struct {
	report   judge.Report
	record   string
	out, err string
}

// try runs a command; arguments beginning with "program " are this binary.
func try(ctx context.Context, t *testing.T, d rehearse.Deployed, change func(*Options), arguments ...string) trial {
	t.Helper()
	var record, out, errs bytes.Buffer
	environ := os.Environ()
	if name, ok := strings.CutPrefix(arguments[0], "program "); ok {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		arguments = append([]string{self}, arguments[1:]...)
		environ = append(environ, programVariable+"="+name)
	}
	o := Options{
		Rehearsal: rehearse.Options{Progress: quiet{}}, Command: arguments, Listen: "127.0.0.1:0", Timeout: time.Minute,
		Record: &record, Environ: environ, Out: &out, Err: io.MultiWriter(&errs, t.Output()),
	}
	if change != nil {
		change(&o)
	}
	// As a rehearsal marks its processes.
	t.Setenv("DATALOCK_RUN", d.Folder)
	report, err := o.try(ctx, d, listen(t, o.Listen))
	if err != nil {
		t.Fatal(err)
	}
	return trial{report, record.String(), out.String(), errs.String()}
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// found returns the finding of a problem and an operation, or nil.
func (r trial) found(problem judge.Problem, operation judge.Operation) *judge.Finding {
	for _, f := range r.report.Findings {
		if f.Problem == problem && (f.Operation == operation || operation == "") {
			return &f
		}
	}
	return nil
}

type quiet struct{}

func (quiet) Stack(string, string)                 {}
func (quiet) Step(string, string)                  {}
func (quiet) Done(string)                          {}
func (quiet) Beside(string, string, time.Duration) {}
func (quiet) Note(string)                          {}
func (quiet) Trial(int, int, prove.Result)         {}
