package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlogging"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// declareAccessLogs declares the delivery of the data bucket's server access logs
// to the evidence bucket, with a folder for each day of requests.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
func (b *ImmutableBucket) declareAccessLogs() {
	b.data.declare("aws_s3_bucket_logging", s3bucketlogging.NewS3BucketLoggingA(
		b.Construct, jsii.String("access_logs"), &s3bucketlogging.S3BucketLoggingAConfig{
			Bucket:       b.data.name,
			TargetBucket: b.evidence.name,
			TargetPrefix: jsii.String(settings.AccessLogsPrefix),
			TargetObjectKeyFormat: &s3bucketlogging.S3BucketLoggingTargetObjectKeyFormat{
				PartitionedPrefix: &s3bucketlogging.S3BucketLoggingTargetObjectKeyFormatPartitionedPrefix{
					PartitionDateSource: jsii.String("EventTime"),
				},
			},
			// S3 rejects a target that it isn't allowed to write to.
			DependsOn: &[]cdktf.ITerraformDependable{b.evidence.policy},
			Lifecycle: b.data.protected(),
		}))
}

// allowAccessLogs lets S3 deliver the logs of the data bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general
func allowAccessLogs(config settings.Bucket, data, evidence string) policy.Statement {
	objects := evidence + "/" + settings.AccessLogsPrefix + "*"
	return allowDelivery("AllowAccessLogs", "logging.s3.amazonaws.com", objects, config, data)
}
