package bucket

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketobjectlockconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketversioning"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// declareBucket declares the bucket, with Object Lock enabled at creation if it
// is locked and doesn't exist yet.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
func (m *member) declareBucket(locked bool) {
	c := &s3bucket.S3BucketConfig{Lifecycle: m.protected(), Provider: m.provider}
	if !m.config.Adopted() {
		// What isn't written is unknown when the plan is made. In a bucket that
		// exists without a lock, true would force its replacement: the lock
		// configuration switches Object Lock on.
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html#object-lock-configure-existing-bucket
		c.ObjectLockEnabled = jsii.Bool(locked)
	}
	if m.config.Name != "" {
		c.Bucket = jsii.String(m.config.Name)
	} else {
		c.Bucket = jsii.String(uniqueName(m.config.NamePrefix, *m.scope.Node().Path(), m.config))
		c.Lifecycle = keepName(m.config.NamePrefix, c.Lifecycle)
	}
	if len(m.config.Tags) > 0 {
		tags := make(map[string]*string, len(m.config.Tags))
		for key, value := range m.config.Tags {
			tags[key] = jsii.String(value)
		}
		c.Tags = &tags
	}
	m.bucket = s3bucket.NewS3Bucket(m.scope, m.id("bucket"), c)
	m.declare("aws_s3_bucket", m.bucket)
	m.name = m.bucket.Bucket()
}

// enableVersioning declares versioning, which Object Lock enables anyway, so
// that a plan shows it and any change of it. AWS refuses to suspend versioning
// while Object Lock is on.
func (m *member) enableVersioning() cdktf.ITerraformDependable {
	return s3bucketversioning.NewS3BucketVersioningA(m.scope, m.id("versioning"),
		&s3bucketversioning.S3BucketVersioningAConfig{
			Bucket: m.name,
			VersioningConfiguration: &s3bucketversioning.S3BucketVersioningVersioningConfiguration{
				Status: jsii.String("Enabled"),
			},
			Lifecycle: m.protected(),
			Provider:  m.provider,
		})
}

// lockByDefault declares the default retention, after versioning, which AWS
// requires first.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
func (m *member) lockByDefault(versioning cdktf.ITerraformDependable) cdktf.ITerraformDependable {
	retention := &s3bucketobjectlockconfiguration.S3BucketObjectLockConfigurationRuleDefaultRetentionA{
		Mode: jsii.String(string(m.config.Retention.Mode)),
	}
	if m.config.Retention.Years != 0 {
		retention.Years = jsii.Number(m.config.Retention.Years)
	} else {
		retention.Days = jsii.Number(m.config.Retention.Days)
	}
	return s3bucketobjectlockconfiguration.NewS3BucketObjectLockConfigurationA(m.scope, m.id("object_lock"),
		&s3bucketobjectlockconfiguration.S3BucketObjectLockConfigurationAConfig{
			Bucket:            m.name,
			ObjectLockEnabled: jsii.String("Enabled"),
			Rule: &s3bucketobjectlockconfiguration.S3BucketObjectLockConfigurationRuleA{
				DefaultRetention: retention,
			},
			DependsOn: &[]cdktf.ITerraformDependable{versioning},
			Lifecycle: m.protected(),
			Provider:  m.provider,
		})
}
