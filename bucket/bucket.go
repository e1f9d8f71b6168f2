// Package bucket is a construct for CDK for Terraform: one S3 bucket whose
// object versions can't be changed or deleted before their retention ends.
//
// # What it declares
//
// [New] is the table of contents; each concern has a file of its own. lock.go
// has what Object Lock needs: the bucket itself, versioning, and the default
// retention, in the order in which AWS takes them. access.go, encryption.go
// and lifecycle.go have the bucket's other configurations, policy.go and its
// neighbours the bucket policy, and keypolicy.go that of the key.
//
// # Why the policy only denies, and is literal
//
// Each statement closes one door for everybody, or for everybody but the
// guardians; opening doors is left to IAM. The policy is text that is known
// when Terraform plans: what is known only after the apply, no scan and no
// reader of the plan can judge. docs/guards.md has a row for each statement.
//
// # What it guarantees, and what not
//
// A version that S3 locked in COMPLIANCE mode stays as it is until its
// retention ends, whoever asks. The default retention that locks new versions
// belongs to the bucket, not to the versions: whoever may call
// PutBucketObjectLockConfiguration can change it for versions to come. With
// guardians that is nobody else; the account root can always replace the
// bucket policy, and so take the seal off.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
//
// # Stable names
//
// Nothing here depends on the clock, the environment, a file or a data source:
// the same settings give the same Terraform. Logical ids follow from the ids
// of the constructs; under the id "Default" they are the plain names (bucket,
// versioning, object_lock).
package bucket

import (
	"fmt"

	"datalock/settings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// An ImmutableBucket is a bucket as [New] declared it.
type ImmutableBucket struct {
	constructs.Construct
	// Bucket is the aws_s3_bucket. Refer to it by its Bucket attribute, which
	// is its name.
	Bucket s3bucket.S3Bucket

	name *string
}

// New declares an immutable bucket below scope, which is or belongs to a
// stack that has the aws provider. Where the settings of the bucket break a
// rule it declares nothing and returns [settings.Mistakes], whose paths begin
// with the id.
//
// Where config has neither a name nor a prefix, the bucket's name begins with
// id and '-'. config.Region has to be that of the provider: the ARNs in the
// policies begin with its partition. config.Account has to be set where there
// are guardians, or where the bucket gets a key of its own.
func New(scope constructs.Construct, id string, config settings.Bucket) (*ImmutableBucket, error) {
	config.Name, config.NamePrefix = config.NameOrPrefix(id)
	mistakes := append(config.Validate(id), PolicyMistakes(id, config)...)
	if err := mistakes.Err(); err != nil {
		return nil, fmt.Errorf("declare bucket %s: %w", id, err)
	}
	b := &ImmutableBucket{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	b.declareBucket(config)
	versioning := b.enableVersioning(config)
	b.declarePolicy(config, []cdktf.ITerraformDependable{
		versioning,
		b.lockByDefault(config, versioning),
		b.blockPublicAccess(config),
		b.ownObjects(config),
		b.encryptByDefault(config),
		b.declareLifecycle(config, versioning),
	})
	return b, nil
}

// protected returns the lifecycle of a resource whose loss would weaken the
// bucket.
func protected(config settings.Bucket) *cdktf.TerraformResourceLifecycle {
	if !config.PreventDestroy {
		return nil
	}
	return &cdktf.TerraformResourceLifecycle{PreventDestroy: jsii.Bool(true)}
}
