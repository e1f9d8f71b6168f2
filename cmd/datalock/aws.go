package main

import (
	"context"

	"datalock/internal/awsconfig"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// credentials returns the AWS credentials of the user's environment.
func credentials(ctx context.Context, region string) (aws.CredentialsProvider, error) {
	c, err := awsconfig.Load(ctx, region)
	return c.Credentials, err
}

// profileCredentials returns the AWS credentials of a named profile.
func profileCredentials(ctx context.Context, region, profile string) (aws.CredentialsProvider, error) {
	c, err := awsconfig.Load(ctx, region, config.WithSharedConfigProfile(profile))
	return c.Credentials, err
}
