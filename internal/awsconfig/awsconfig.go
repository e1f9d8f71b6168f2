// Package awsconfig loads the AWS configuration and credentials of the user's
// environment, in one way for every verb.
package awsconfig

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
)

// ErrNoCredentials is returned by [Load] if there are no AWS credentials.
var ErrNoCredentials = errors.New(
	"no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")

// Load returns the configuration with credentials from environment variables,
// shared configuration files, single sign-on or an instance's role. Options
// change what the environment says, such as the profile.
// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
//
// The SDK's own log is off: it would write warnings to stderr between the lines
// of a verb, such as that instance metadata falls back to IMDSv1. Errors are
// returned.
func Load(ctx context.Context, region string, options ...func(*config.LoadOptions) error) (aws.Config, error) {
	options = append(options, config.WithRegion(region), config.WithLogger(logging.Nop{}))
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return c, fmt.Errorf("load your AWS configuration: %w", err)
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		return c, fmt.Errorf("%w (%w)", ErrNoCredentials, err)
	}
	return c, nil
}
