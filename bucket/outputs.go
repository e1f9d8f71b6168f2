package bucket

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Output declares the Terraform outputs bucket_name and bucket_arn in scope,
// which can have them once. In a stack they have exactly these names.
func (b *ImmutableBucket) Output(scope constructs.Construct) {
	cdktf.NewTerraformOutput(scope, jsii.String("bucket_name"), &cdktf.TerraformOutputConfig{
		Value:       b.name,
		Description: jsii.String("Name of the immutable bucket."),
	})
	cdktf.NewTerraformOutput(scope, jsii.String("bucket_arn"), &cdktf.TerraformOutputConfig{
		Value:       b.Bucket.Arn(),
		Description: jsii.String("ARN of the immutable bucket."),
	})
}
