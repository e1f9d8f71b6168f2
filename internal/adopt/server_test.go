package adopt_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"strings"
	"testing"

	"datalock/internal/adopt"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/sandbox"
	"datalock/internal/testkit/testbucket"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }

// A testServer is a server, with a client of the account root and one of the preparer,
// whom no bucket policy binds.
type testServer struct {
	s3test.Server
	root *s3.Client
	hand testbucket.Hand
}

func newTestServer(t *testing.T) testServer {
	t.Helper()
	l := testServer{Server: s3test.Start(t, "--tls")}
	l.root, l.hand = l.as("root"), testbucket.Hand{Client: l.as("preparer")}
	return l
}

// as returns a client of a user.
func (l testServer) as(user string) *s3.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(l.CAPEM))
	u := l.Users[user]
	return s3.New(s3.Options{
		Region: l.Region, BaseEndpoint: &l.Endpoint, UsePathStyle: true,
		HTTPClient:                 &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(u.AccessKey, u.SecretKey, ""),
	})
}

// create makes a bucket without Object Lock.
func (l testServer) create(t *testing.T, bucket string) {
	t.Helper()
	if _, err := l.root.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &bucket, ObjectOwnership: types.ObjectOwnershipObjectWriter,
	}); err != nil {
		t.Fatal(err)
	}
}

func (l testServer) version(t *testing.T, bucket string, status types.BucketVersioningStatus) {
	t.Helper()
	if _, err := l.hand.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	}); err != nil {
		t.Fatal(err)
	}
}

func (l testServer) put(t *testing.T, bucket, key string, change ...func(*s3.PutObjectInput)) {
	t.Helper()
	input := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("12345")}
	for _, one := range change {
		one(input)
	}
	if _, err := l.hand.PutObject(t.Context(), input); err != nil {
		t.Fatal(err)
	}
}

// held puts a version under a legal hold.
func held(in *s3.PutObjectInput) { in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn }

// ok fails the test if something that makes a bucket did.
func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// file are the settings of the file that buckets are adopted into.
func (l testServer) file() settings.Settings { return settings.Settings{Region: l.Region} }

// read reads a bucket as the account root.
func (l testServer) read(t *testing.T, bucket string) adopt.Existing {
	t.Helper()
	is, unknown, err := adopt.Read(t.Context(), adopt.Config{S3: l.root, Bucket: bucket, Jobs: 4})
	if err != nil || len(unknown) > 0 {
		t.Fatalf("%s: %v, unknown %v", bucket, err, unknown)
	}
	return is
}

// wanted returns the settings of a bucket as its member has them.
func wanted(t *testing.T, file settings.Settings, m adopt.Member) settings.Bucket {
	t.Helper()
	text, err := adopt.Insert([]byte(`{"context": {"datalock": {"region": "`+file.Region+`", "buckets": {}}}}`), "data", m)
	ok(t, err)
	read, err := settings.DecodeFile(text, "")
	ok(t, err)
	return read.Settings.BucketOf("data")
}
