package testbucket

import (
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
	if _, err := client(server).PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("key"), Body: strings.NewReader("data")}); err != nil {
		t.Fatal(err)
	}
}

func client(server s3test.Server) *s3.Client {
	return s3.New(s3.Options{Region: server.Region, BaseEndpoint: aws.String(server.Endpoint), UsePathStyle: true,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, "")})
}
