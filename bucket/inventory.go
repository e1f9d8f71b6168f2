package bucket

import (
	"strings"

	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketinventory"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// inventoryFields are the optional fields of the inventory, among them the lock and
// the checksum algorithm.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryConfiguration.html
var inventoryFields = []string{
	"Size", "LastModifiedDate", "ETag", "ChecksumAlgorithm", "IsMultipartUploaded", "StorageClass",
	"EncryptionStatus", "ReplicationStatus",
	"ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus",
}

// declareInventory declares the inventory of all versions. It is in CSV, because
// S3 Batch Operations reads no other format.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
func (b *ImmutableBucket) declareInventory() {
	config := b.data.config
	arn := "arn:" + config.Partition() + ":s3:::" + b.evidence.policyName()
	b.data.declare("aws_s3_bucket_inventory", s3bucketinventory.NewS3BucketInventory(
		b.Construct, jsii.String("inventory"), &s3bucketinventory.S3BucketInventoryConfig{
			Bucket:                 b.data.name,
			Name:                   jsii.String(settings.InventoryName),
			IncludedObjectVersions: jsii.String("All"),
			OptionalFields:         jsii.Strings(inventoryFields...),
			Schedule: &s3bucketinventory.S3BucketInventorySchedule{
				Frequency: jsii.String(string(config.Inventory.Frequency)),
			},
			Destination: &s3bucketinventory.S3BucketInventoryDestination{
				Bucket: &s3bucketinventory.S3BucketInventoryDestinationBucket{
					BucketArn: jsii.String(arn),
					AccountId: jsii.String(config.Account),
					Format:    jsii.String("CSV"),
					Prefix:    jsii.String(strings.TrimSuffix(settings.InventoryReports, "/")),
				},
			},
			DependsOn: &[]cdktf.ITerraformDependable{b.evidence.policy},
			Lifecycle: b.data.protected(),
		}))
}

// allowInventory lets S3 write the inventory of the data bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html#configure-inventory-destination-bucket-policy
func allowInventory(config settings.Bucket, data, evidence string) policy.Statement {
	s := allowDelivery("AllowInventory", "s3.amazonaws.com", evidence+"/"+settings.InventoryReports+"*", config, data)
	s.Condition["StringEquals"]["s3:x-amz-acl"] = policy.Values{"bucket-owner-full-control"}
	return s
}
