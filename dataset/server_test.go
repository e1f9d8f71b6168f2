package dataset_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// testServer is a server with buckets.
type testServer struct {
	s3test.Server
	*s3.Client
	// data is the server's folder.
	data string
}

func newTestServer(t *testing.T, args ...string) testServer {
	t.Helper()
	data := t.TempDir()
	server := s3test.Start(t, append([]string{"--dir", data}, args...)...)
	l := testServer{Server: server, data: data}
	l.Client = l.as(server.Endpoint, server.AccessKey, server.SecretKey)
	return l
}

// as returns a client at an endpoint with keys.
func (l testServer) as(endpoint, access, secret string) *s3.Client {
	return s3.New(s3.Options{
		Region: l.Region, BaseEndpoint: aws.String(endpoint), UsePathStyle: true,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(access, secret, ""),
	})
}

// bucket creates a locked bucket with a default retention.
func (l testServer) bucket(t *testing.T, name string, mode types.ObjectLockRetentionMode, days int32) {
	t.Helper()
	if _, err := l.CreateBucket(
		t.Context(),
		&s3.CreateBucketInput{Bucket: &name, ObjectLockEnabledForBucket: aws.Bool(true)},
	); err != nil {
		t.Fatal(err)
	}
	l.retain(t, name, mode, days)
}

func (l testServer) retain(t *testing.T, name string, mode types.ObjectLockRetentionMode, days int32) {
	t.Helper()
	rule := &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: mode, Days: &days}}
	if _, err := l.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: &name,
		ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule:              rule,
		},
	}); err != nil {
		t.Fatal(err)
	}
}

// write writes files of random bytes; a negative size creates a folder.
func write(t *testing.T, dir string, sizes map[string]int) {
	t.Helper()
	for name, size := range sizes {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if size < 0 {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, size)
		_, _ = rand.Read(data)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// mixed are the files of a small dataset: names whose order as paths differs
// from the order of their parts, an empty file, and one in parts.
var mixed = map[string]int{
	"README.md": 1200, "a/1.bin": 4096, "a-b/1.bin": 10, "a.txt": 33, "a/empty": 0, "Ünï cödé/ü+%?#&.bin": 77,
	"train/000.parquet": 300_000, "train/001.parquet": 17 << 20, "exact": 8 << 20,
}

func at(t *testing.T, text string) dataset.Location {
	t.Helper()
	l, err := dataset.ParseLocation(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// published publishes the mixed files, the large ones small, and returns their
// folder.
func (l testServer) published(t *testing.T, location string, o dataset.PublishOptions) (string, dataset.Published) {
	t.Helper()
	small := maps.Clone(mixed)
	for name := range small {
		small[name] = min(small[name], 9000)
	}
	return l.publishedFiles(t, small, location, o)
}

// publishedInParts publishes the mixed files, one of which is sent in parts, and
// returns their folder.
func (l testServer) publishedInParts(
	t *testing.T, location string, o dataset.PublishOptions,
) (string, dataset.Published) {
	t.Helper()
	return l.publishedFiles(t, mixed, location, o)
}

func (l testServer) publishedFiles(
	t *testing.T, sizes map[string]int, location string, o dataset.PublishOptions,
) (string, dataset.Published) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, sizes)
	p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, location), o)
	if err != nil {
		t.Fatal(err)
	}
	return dir, p
}

func (l testServer) verify(t *testing.T, location string, o dataset.VerifyOptions) dataset.Verification {
	t.Helper()
	v, err := dataset.Verify(t.Context(), l.Client, at(t, location), o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func names(v dataset.Verification) string {
	var b bytes.Buffer
	for _, f := range v.Findings {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}
