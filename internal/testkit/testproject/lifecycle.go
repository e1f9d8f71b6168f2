package testproject

import (
	"testing"

	"datalock/internal/awsprovider"
	"datalock/internal/testkit/testbucket"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ImportLifecycle gives the deployed bucket the lifecycle configuration that
// its settings declare, and has Terraform import it: the AWS provider waits 55
// seconds for one that it makes, and not for one that is there. From then on
// the stacks have theirs.
func (l *Project) ImportLifecycle(t *testing.T) {
	t.Helper()
	_, err := testbucket.Client(t, l.Server).PutBucketLifecycleConfiguration(t.Context(), &s3.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String("acme-data"),
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("abort-incomplete-multipart-uploads"), Status: types.ExpirationStatusEnabled,
			Filter:                         &types.LifecycleRuleFilter{Prefix: aws.String("")},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.lighten = awsprovider.WithoutEndpoints
	l.Synth(t, l.Settings())
	l.Terraform.Run(t, l.Stack("data"), "import", "aws_s3_bucket_lifecycle_configuration.lifecycle", "acme-data")
}
