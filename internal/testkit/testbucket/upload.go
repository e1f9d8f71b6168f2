package testbucket

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"

	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Upload writes one object, which the bucket's default retention locks.
func Upload(t *testing.T, server s3test.Server, bucket string) {
	t.Helper()
	if _, err := Client(t, server).PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucket),
		Key:    aws.String("key"),
		Body:   strings.NewReader("data"),
	}); err != nil {
		t.Fatal(err)
	}
}

// Client returns a client of the server's root.
func Client(t testing.TB, server s3test.Server) *s3.Client {
	t.Helper()
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM([]byte(server.CAPEM)) {
		t.Fatal("the server has no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}
	t.Cleanup(transport.CloseIdleConnections)
	return s3.New(s3.Options{Region: server.Region, BaseEndpoint: aws.String(server.Endpoint), UsePathStyle: true,
		HTTPClient:                 &http.Client{Transport: transport},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, "")})
}
