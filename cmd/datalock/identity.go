package main

import (
	"context"
	"time"

	"datalock/internal/awsconfig"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// identityWithin is how long AWS STS may take.
const identityWithin = 15 * time.Second

// whose returns the identity behind the credentials, and whether it is the
// account root.
func whose(ctx context.Context, c aws.Config) (identity string, root bool) {
	ctx, cancel := context.WithTimeout(ctx, identityWithin)
	defer cancel()
	arn, err := awsconfig.Identity(ctx, c)
	switch {
	case err != nil:
		return "unknown: " + err.Error(), false
	case awsconfig.IsRoot(arn):
		return "the account root, " + arn, true
	}
	return arn, false
}
