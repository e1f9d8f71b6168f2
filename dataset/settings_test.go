package dataset_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// aStack is what the app wrote for a bucket, as far as it concerns a publisher.
type aStack struct {
	Resource struct {
		Lock map[string]struct {
			Rule struct {
				Default struct {
					Mode        string
					Days, Years int32
				} `json:"default_retention"`
			}
		} `json:"aws_s3_bucket_object_lock_configuration"`
		Encryption map[string]struct {
			Rule []struct {
				Default struct {
					Algorithm string `json:"sse_algorithm"`
				} `json:"apply_server_side_encryption_by_default"`
			}
		} `json:"aws_s3_bucket_server_side_encryption_configuration"`
		Policy map[string]struct{ Policy string } `json:"aws_s3_bucket_policy"`
	}
}

// TestEveryBucket publishes into and verifies a bucket with the lock, the
// encryption and the policy of every stack of the snapshots: both modes,
// writeOnce, guardians, AES256 and aws:kms. TLS is on, as the policies demand.
func TestEveryBucket(t *testing.T) {
	l := newTestServer(t, "--tls")
	l.Client = l.trusting(t)
	stacks, err := filepath.Glob(filepath.Join("..", "testdata", "snapshots", "*", "*.tf.json"))
	if err != nil || len(stacks) < 8 {
		t.Fatalf("%d stacks, %v", len(stacks), err)
	}
	seen := map[string]bool{}
	for i, path := range stacks {
		name := fmt.Sprintf("bucket-%d", i)
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			seen[l.deployed(t, path, name)] = true
			dir, set := t.TempDir(), at(t, "s3://"+name+"/set")
			write(t, dir, map[string]int{"a=1/b +%.parquet": 100, "large": 9 << 20})
			var p dataset.Published
			for _, before := range []bool{false, true} {
				if p, err = dataset.Publish(t.Context(), l.Client, dir, set, dataset.PublishOptions{}); err != nil ||
					p.Before != before {
					t.Fatalf("%+v, %v", p, err)
				}
			}
			l.whole(t, name, "set", p.RootDigest)
		})
	}
	for _, want := range []string{
		"COMPLIANCE AES256",
		"GOVERNANCE AES256",
		"COMPLIANCE aws:kms DenyOverwrite SealConfiguration",
	} {
		if !seen[want] {
			t.Errorf("no stack has %s; there are %v", want, seen)
		}
	}
}

// deployed makes a bucket as a stack declares it, and says what it is.
func (l testServer) deployed(t *testing.T, path, name string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	var s aStack
	must(t, json.Unmarshal(text, &s))
	_, err = l.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name, ObjectLockEnabledForBucket: aws.Bool(true)})
	must(t, err)
	d := s.Resource.Lock["object_lock"].Rule.Default
	rule := &types.DefaultRetention{Mode: types.ObjectLockRetentionMode(d.Mode)}
	if rule.Days = &d.Days; d.Years > 0 {
		rule.Days, rule.Years = nil, &d.Years
	}
	_, err = l.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: &name,
		ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule:              &types.ObjectLockRule{DefaultRetention: rule},
		},
	})
	must(t, err)
	algorithm := s.Resource.Encryption["encryption"].Rule[0].Default.Algorithm
	l.encrypt(t, name, types.ServerSideEncryption(algorithm))
	return d.Mode + " " + algorithm + l.seal(t, name, s.Resource.Policy["policy"].Policy)
}

func (l testServer) encrypt(t *testing.T, name string, algorithm types.ServerSideEncryption) {
	t.Helper()
	_, err := l.PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{
		Bucket: &name,
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{{
				ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: algorithm},
			}},
		},
	})
	must(t, err)
}

// seal puts a stack's policy on a bucket of another name.
func (l testServer) seal(t *testing.T, name, policy string) (guards string) {
	t.Helper()
	var document struct {
		Version   string
		Statement []map[string]any
	}
	must(t, json.Unmarshal([]byte(policy), &document))
	for _, s := range document.Statement {
		resource := "arn:aws:s3:::" + name + "/*"
		if s["Sid"] == "SealConfiguration" {
			resource = "arn:aws:s3:::" + name
		}
		s["Resource"] = resource
		if sid, _ := s["Sid"].(string); sid == "DenyOverwrite" || sid == "SealConfiguration" {
			guards += " " + sid
		}
	}
	text, err := json.Marshal(document)
	must(t, err)
	_, err = l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &name, Policy: aws.String(string(text))})
	must(t, err)
	return guards
}

// trusting returns a client that trusts the server's certificate.
func (l testServer) trusting(t *testing.T) *s3.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(l.CAPEM)) {
		t.Fatal("the server has no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}
	t.Cleanup(transport.CloseIdleConnections)
	return s3.New(s3.Options{
		Region: l.Region, BaseEndpoint: &l.Endpoint, UsePathStyle: true, HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider(l.AccessKey, l.SecretKey, ""),
	})
}

// TestOverwriteIsDenied is the twin: the policy of writeOnce does deny an
// upload without If-None-Match.
func TestOverwriteIsDenied(t *testing.T) {
	l := newTestServer(t, "--tls")
	l.Client = l.trusting(t)
	l.deployed(t, filepath.Join("..", "testdata", "snapshots", "everything-on", "training-data.tf.json"), "data")
	_, err := l.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("data"), Key: aws.String("k"), Body: strings.NewReader("x"),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	})
	if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("a plain upload: %v", err)
	}
}
