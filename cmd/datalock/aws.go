package main

import (
	"context"

	"datalock/internal/awsconfig"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// credentials returns the AWS credentials of the user's environment.
func credentials(ctx context.Context, region string) (aws.CredentialsProvider, error) {
	c, err := awsconfig.Load(ctx, region)
	return c.Credentials, err
}
