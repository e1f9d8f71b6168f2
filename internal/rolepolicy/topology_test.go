package rolepolicy_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"datalock/internal/awsprovider"
	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/awstest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/tftest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const wholeTopology = `{"region": "us-east-1", "account": "012345678901", "buckets": {"data": {"name": "acme-data",
	"encryption": {"algorithm": "aws:kms"}, "evidence": {}, "accessLogs": true, "inventory": {}, "batch": true,
	"replica": {"region": "eu-west-1"}, "dataEvents": {}}}}`

var wholeStack struct {
	once sync.Once
	text []byte
}

// topologyStack returns the Terraform of the whole topology, which is synthesized
// once for all tests.
func topologyStack(t *testing.T) []byte {
	t.Helper()
	wholeStack.once.Do(func() { wholeStack.text = stack(t, wholeTopology, "data") })
	if wholeStack.text == nil {
		t.Fatal("the whole topology couldn't be synthesized")
	}
	return wholeStack.text
}

// A topology is the whole one in a folder, and what keeps it.
type topology struct {
	deployment
	others *awstest.Server
	server s3test.Server
	// text is the stack as the app wrote it.
	text []byte
}

func newTopology(t *testing.T) topology {
	t.Helper()
	dir, text := filepath.Join(t.TempDir(), "cdktf.out", "stacks", "data"), topologyStack(t)
	path := filepath.Join(dir, "cdk.tf.json")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tftest.Lighten(path), awsprovider.InOneRegion(path)); err != nil {
		t.Fatal(err)
	}
	server, others := s3test.Start(t, "--tls"), awstest.Start(t)
	top := topology{newDeployment(t, tftest.Find(t).With(server.Env()).With(others.Env()), dir), others, server, text}
	top.Run(t, dir, "init")
	return top
}

// s3Request is a request to S3 in the provider's log.
var s3Request = regexp.MustCompile(`rpc\.method(?:=|":")(\w+).*rpc\.service(?:=|":")S3`)

// asked runs terraform and returns the IAM actions that the provider needed.
func (top topology) asked(t *testing.T, args ...string) []string {
	t.Helper()
	top.forget(t)
	top.others.Asked()
	top.Run(t, top.dir, args...)
	all := top.others.Asked()
	for _, match := range s3Request.FindAllStringSubmatch(top.log(t), -1) {
		name := match[1]
		if other, ok := iamActions[name]; ok {
			name = other
		}
		all = append(all, "s3:"+name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// later are actions that a first apply doesn't ask for: those for tags and
// changes, for the lifecycle configuration, which is left out, and for giving a
// role to a service, which isn't a request.
var later = regexp.MustCompile(`:(Tag|Untag|Update|AddTags|RemoveTags|PutKeyPolicy|PutBucketTagging|PutLifecycle|PassRole)`)

// TestTopologyAsTerraformAsks deploys the whole topology, onto the local S3
// server and a server that keeps what IAM, CloudTrail, EventBridge, SNS and KMS
// are told. The second plan is empty, and the policies have the actions that the
// provider asks for, and no others. An audit finds nothing in it, and its data
// bucket can be adopted.
func TestTopologyAsTerraformAsks(t *testing.T) {
	t.Parallel()
	top := newTopology(t)
	create := allowed(policyOf(t, top.text, rolepolicy.Create))
	asked := top.asked(t, "apply", "-auto-approve")
	for _, action := range asked {
		if !slices.Contains(create, action) {
			t.Errorf("the first apply asks for %s, which isn't allowed", action)
		}
	}
	for _, action := range create {
		if !slices.Contains(asked, action) && !later.MatchString(action) {
			t.Errorf("the first apply doesn't ask for %s, which is allowed", action)
		}
	}
	if got, want := top.asked(t, "plan",
		"-detailed-exitcode"), allowed(policyOf(t, top.text, rolepolicy.Plan)); !slices.Equal(got, want) {
		t.Errorf("a plan asks for %v,\nallowed is %v", got, want)
	}
	top.holdsEvidence(t)
	var state struct{ Resources []struct{ Type string } }
	text, err := os.ReadFile(filepath.Join(top.dir, "..", "..", "..", "terraform.data.tfstate"))
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	// Without the four lifecycle configurations.
	if want := strings.Count(string(top.text), `"uniqueId"`) - 4; err != nil || len(state.Resources) != want {
		t.Errorf("%d resources were made, want %d: %v", len(state.Resources), want, err)
	}
	top.audited(t)
	top.adopted(t)
}

// holdsEvidence puts a report into the evidence bucket, which the account root
// then can neither hide nor delete.
func (top topology) holdsEvidence(t *testing.T) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(top.server.CAPEM))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	client := s3.New(s3.Options{
		Region: top.server.Region, BaseEndpoint: &top.server.Endpoint, UsePathStyle: true,
		HTTPClient:  &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider(top.server.AccessKey, top.server.SecretKey, ""),
	})
	bucket, key := aws.String("acme-data-evidence"), aws.String("batch-reports/x")
	put, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("x")})
	if err != nil || put.VersionId == nil {
		t.Fatalf("put a report: %v, %+v", err, put)
	}
	for _, version := range []*string{nil, put.VersionId} {
		_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key, VersionId: version})
		if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("the root deletes version %v of a report: %v", aws.ToString(version), err)
		}
	}
}
