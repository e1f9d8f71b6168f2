package preflight

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// askS3 asks for the bucket that holds the states, once for all stacks.
func askS3(ctx context.Context, r *Report, b settings.S3Backend, region string, stacks []string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if b.Region != "" {
		region = b.Region
	}
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return fmt.Errorf("load your AWS configuration: %w", err)
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		r.find("", "there are no AWS credentials for the bucket of the states", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
		return nil
	}
	client := s3.NewFromConfig(c, func(o *s3.Options) {
		if b.Endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = aws.String(b.Endpoint), true
		}
	})
	_, err = client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(b.Bucket)})
	var answer *awshttp.ResponseError
	switch {
	case err == nil:
		for _, stack := range stacks {
			r.ready(stack, "the state is s3://"+b.Bucket+"/"+settings.ForStack(b.Key, stack))
		}
	case !errors.As(err, &answer):
		return fmt.Errorf("ask for the bucket %s of the states: %w", b.Bucket, err)
	case answer.HTTPStatusCode() == http.StatusNotFound:
		r.find("", "there is no bucket "+b.Bucket+" for the states", "make it, with versioning, or correct backend.s3.bucket")
	case answer.HTTPStatusCode() == http.StatusForbidden:
		r.find("", "these AWS credentials may not use the bucket "+b.Bucket+" of the states", "allow them s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject on it")
	case answer.HTTPStatusCode() == http.StatusMovedPermanently:
		r.find("", "the bucket "+b.Bucket+" of the states isn't in "+region, "set backend.s3.region to where it is")
	default:
		return fmt.Errorf("ask for the bucket %s of the states: %w", b.Bucket, err)
	}
	return nil
}
