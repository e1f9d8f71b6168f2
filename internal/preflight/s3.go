package preflight

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"datalock/internal/awsconfig"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// askS3 checks the bucket that stores the states, once for all stacks.
func askS3(ctx context.Context, r *Report, b settings.S3Backend, region string, stacks []string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if b.Region != "" {
		region = b.Region
	}
	c, err := awsconfig.Load(ctx, region)
	if errors.Is(err, awsconfig.ErrNoCredentials) {
		r.find("", "there are no AWS credentials to read the state's bucket",
			"set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
		return nil
	}
	if err != nil {
		return err
	}
	client := s3.NewFromConfig(c, func(o *s3.Options) {
		if b.Endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = aws.String(b.Endpoint), true
		}
	})
	_, err = client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(b.Bucket)})
	if err == nil {
		for _, stack := range stacks {
			r.ready(stack, "the state is s3://"+b.Bucket+"/"+settings.ForStack(b.Key, stack))
		}
		return nil
	}
	status := 0
	if answer := (*awshttp.ResponseError)(nil); errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	switch status {
	case http.StatusNotFound:
		r.find("", "the state's bucket "+b.Bucket+" doesn't exist",
			"create it, with versioning, or correct backend.s3.bucket")
	case http.StatusForbidden:
		r.find("", "these AWS credentials can't use the state's bucket "+b.Bucket,
			"allow s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject on it")
	case http.StatusMovedPermanently:
		r.find("", "the state's bucket "+b.Bucket+" isn't in "+region, "set backend.s3.region to its Region")
	default:
		return fmt.Errorf("read the state's bucket %s: %w", b.Bucket, err)
	}
	return nil
}
