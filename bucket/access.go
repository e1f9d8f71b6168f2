package bucket

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketownershipcontrols"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpublicaccessblock"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// blockPublicAccess keeps policies and ACLs from opening the bucket to the
// public.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func (m *member) blockPublicAccess() cdktf.ITerraformDependable {
	return s3bucketpublicaccessblock.NewS3BucketPublicAccessBlock(m.scope, m.id("public_access_block"),
		&s3bucketpublicaccessblock.S3BucketPublicAccessBlockConfig{
			Bucket:                m.name,
			BlockPublicAcls:       jsii.Bool(true),
			BlockPublicPolicy:     jsii.Bool(true),
			IgnorePublicAcls:      jsii.Bool(true),
			RestrictPublicBuckets: jsii.Bool(true),
			Lifecycle:             m.protected(),
			Provider:              m.provider,
		})
}

// ownObjects makes the bucket's account the owner of every object, whoever
// writes it, and disables ACLs.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func (m *member) ownObjects() cdktf.ITerraformDependable {
	return s3bucketownershipcontrols.NewS3BucketOwnershipControls(m.scope, m.id("ownership"),
		&s3bucketownershipcontrols.S3BucketOwnershipControlsConfig{
			Bucket: m.name,
			Rule: &s3bucketownershipcontrols.S3BucketOwnershipControlsRule{
				ObjectOwnership: jsii.String("BucketOwnerEnforced"),
			},
			Lifecycle: m.protected(),
			Provider:  m.provider,
		})
}
