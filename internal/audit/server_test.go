package audit_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"datalock/internal/audit"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/testbucket"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A testServer is the server of all tests, with a client of its root, whom bucket
// policies bind, and one of the preparer, whom they don't.
type testServer struct {
	s3test.Server
	root *s3.Client
	hand testbucket.Hand
}

func newTestServer(t testing.TB) testServer {
	t.Helper()
	l := testServer{Server: s3test.Start(t, "--tls")}
	l.root = l.as("root", l.Endpoint)
	l.hand = testbucket.Hand{Client: l.as("preparer", l.Endpoint)}
	return l
}

// as returns a client of a user.
func (l testServer) as(user, endpoint string) *s3.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(l.CAPEM))
	through := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}
		t.MaxIdleConnsPerHost = 64
	})
	u := l.Users[user]
	return s3.New(s3.Options{
		Region: l.Region, BaseEndpoint: &endpoint, UsePathStyle: true, HTTPClient: through,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(u.AccessKey, u.SecretKey, ""),
	})
}

// declared are the settings of an example, with a name for its bucket.
func declared(t testing.TB, example, stack, name string) settings.Bucket {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "testdata", "settings", example+".json"))
	if example == "default" {
		text, err = []byte(`{"region": "us-east-1", "buckets": {"`+stack+`": {}}}`), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := settings.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	b := s.BucketOf(stack)
	b.Name, b.NamePrefix = name, ""
	return b
}

// audited audits a bucket as its root.
func (l testServer) audited(t testing.TB, c audit.Config) audit.Bucket {
	t.Helper()
	if c.S3 == nil {
		c.S3 = l.root
	}
	if c.Jobs == 0 {
		c.Jobs = 16
	}
	if c.WarnDays == 0 {
		c.WarnDays = 30
	}
	b, err := audit.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
