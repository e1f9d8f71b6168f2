package bucket

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketobjectlockconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketversioning"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// declareBucket declares the bucket with Object Lock enabled at creation.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
func (b *ImmutableBucket) declareBucket() {
	c := &s3bucket.S3BucketConfig{
		ObjectLockEnabled: jsii.Bool(true),
		Lifecycle:         b.protected(),
	}
	if b.config.Name != "" {
		c.Bucket = jsii.String(b.config.Name)
	} else {
		c.Bucket = jsii.String(uniqueName(b.config.NamePrefix, *b.Node().Path(), b.config))
		c.Lifecycle = keepName(b.config.NamePrefix, c.Lifecycle)
	}
	if len(b.config.Tags) > 0 {
		tags := make(map[string]*string, len(b.config.Tags))
		for key, value := range b.config.Tags {
			tags[key] = jsii.String(value)
		}
		c.Tags = &tags
	}
	b.Bucket = s3bucket.NewS3Bucket(b.Construct, jsii.String("bucket"), c)
	b.name = b.Bucket.Bucket()
}

// enableVersioning declares versioning, which Object Lock enables anyway, so
// that a plan shows it and any change of it. AWS refuses to suspend versioning
// while Object Lock is on.
func (b *ImmutableBucket) enableVersioning() cdktf.ITerraformDependable {
	return s3bucketversioning.NewS3BucketVersioningA(b.Construct, jsii.String("versioning"),
		&s3bucketversioning.S3BucketVersioningAConfig{
			Bucket: b.name,
			VersioningConfiguration: &s3bucketversioning.S3BucketVersioningVersioningConfiguration{
				Status: jsii.String("Enabled"),
			},
			Lifecycle: b.protected(),
		})
}

// lockByDefault declares the default retention, after versioning, which AWS
// requires first.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
func (b *ImmutableBucket) lockByDefault(versioning cdktf.ITerraformDependable) cdktf.ITerraformDependable {
	retention := &s3bucketobjectlockconfiguration.S3BucketObjectLockConfigurationRuleDefaultRetentionA{
		Mode: jsii.String(string(b.config.Retention.Mode)),
	}
	if b.config.Retention.Years != 0 {
		retention.Years = jsii.Number(b.config.Retention.Years)
	} else {
		retention.Days = jsii.Number(b.config.Retention.Days)
	}
	return s3bucketobjectlockconfiguration.NewS3BucketObjectLockConfigurationA(b.Construct, jsii.String("object_lock"),
		&s3bucketobjectlockconfiguration.S3BucketObjectLockConfigurationAConfig{
			Bucket:            b.name,
			ObjectLockEnabled: jsii.String("Enabled"),
			Rule: &s3bucketobjectlockconfiguration.S3BucketObjectLockConfigurationRuleA{
				DefaultRetention: retention,
			},
			DependsOn: &[]cdktf.ITerraformDependable{versioning},
			Lifecycle: b.protected(),
		})
}
