package awsconfig

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Identity returns the ARN of whose credentials the configuration has, as AWS
// STS says. Everybody may ask.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func Identity(ctx context.Context, c aws.Config) (string, error) {
	out, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("ask AWS STS whose the credentials are: %w", err)
	}
	return aws.ToString(out.Arn), nil
}

// IsRoot reports whether an ARN is that of an account's root, as in
// arn:aws:iam::123456789012:root.
func IsRoot(arn string) bool {
	return strings.HasPrefix(arn, "arn:") && strings.HasSuffix(arn, ":root")
}
