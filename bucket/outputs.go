package bucket

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Output declares the Terraform outputs bucket_name and bucket_arn in scope, and
// those of the parts that there are. A scope can have them once; in a stack they
// have exactly these names.
func (b *ImmutableBucket) Output(scope constructs.Construct) {
	output(scope, "bucket_name", "Name of the immutable bucket.", b.data.name)
	output(scope, "bucket_arn", "ARN of the immutable bucket.", b.Bucket.Arn())
	if b.evidence != nil {
		output(scope, "evidence_bucket_name", "Name of the bucket for reports.", b.evidence.name)
	}
	if b.replica != nil {
		output(scope, "replica_bucket_name", "Name of the replica.", b.replica.name)
	}
	if b.trail != nil {
		output(scope, "trail_bucket_name", "Name of the bucket for CloudTrail's logs.", b.trail.name)
		output(scope, "alarm_topic_arn", "ARN of the SNS topic for alarms; subscribe to it.", jsii.String(b.alarms))
	}
	if b.batch != nil {
		output(scope, "batch_role_arn", "ARN of the role for S3 Batch Operations.", b.batch.Arn())
	}
}

func output(scope constructs.Construct, name, what string, value *string) {
	cdktf.NewTerraformOutput(scope, jsii.String(name), &cdktf.TerraformOutputConfig{
		Value: value, Description: jsii.String(what),
	})
}
