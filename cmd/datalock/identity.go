package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"datalock/internal/awsconfig"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// identityWithin is how long AWS STS may take.
const identityWithin = 15 * time.Second

// whose returns the ARN behind the credentials, empty if AWS STS doesn't tell it, the
// same in words, and whether it is the account root.
func whose(ctx context.Context, c aws.Config) (arn, identity string, root bool) {
	ctx, cancel := context.WithTimeout(ctx, identityWithin)
	defer cancel()
	arn, err := awsconfig.Identity(ctx, c)
	switch {
	case err != nil:
		return "", "unknown: " + err.Error(), false
	case awsconfig.IsRoot(arn):
		return arn, "the account root, " + arn, true
	}
	return arn, arn, false
}

// renewer names whose credentials the environment has, for the record of a
// renewal: by their ARN if AWS STS tells it, else by their access key.
func (f *s3Flags) renewer(ctx context.Context) (string, error) {
	c, err := f.config(ctx)
	if err != nil {
		return "", err
	}
	keys, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return "", fmt.Errorf("no AWS credentials: %w", err)
	}
	if f.onAWS(c) || os.Getenv("AWS_ENDPOINT_URL_STS") != "" {
		ctx, cancel := context.WithTimeout(ctx, identityWithin)
		defer cancel()
		if arn, err := awsconfig.Identity(ctx, c); err == nil {
			return arn, nil
		}
	}
	return "access key " + keys.AccessKeyID, nil
}
