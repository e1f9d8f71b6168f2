// Package bucket is a construct for CDK for Terraform: one S3 bucket whose
// object versions can't be changed or deleted before their retention ends.
//
// # What it declares
//
// [New] lists everything; each concern has its own file. lock.go has what
// Object Lock needs: the bucket, versioning and the default retention, in the
// order that AWS requires. access.go, encryption.go and lifecycle.go have the
// other configurations, policy*.go the bucket policy, keypolicy.go the policy of
// the key, and adopt.go the imports of a bucket that exists. evidence.go,
// accesslogs.go, inventory.go, batch.go, replica.go, dataevents.go and alarms.go
// have the parts of the topology that are off by default.
//
// # Why the policy only denies, and is known at plan time
//
// Each statement of a guard denies one thing to everybody, or to everybody but
// the guardians. IAM decides what is allowed, and the owner's own statements. The
// policy is known when Terraform plans: a scanner or a reviewer of the plan can't
// judge what is known only after the apply. docs/guards.md describes each
// statement.
//
// # What it guarantees
//
// A version that S3 locked in COMPLIANCE mode can't be changed or deleted by
// anyone until its retention ends. The default retention, which locks new
// versions, belongs to the bucket: whoever can call
// PutBucketObjectLockConfiguration can change it for later versions. With
// guardians only they can. The account root can always replace the bucket
// policy.
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
	"errors"
	"fmt"

	"datalock/settings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// An ImmutableBucket is a bucket that [New] declared.
type ImmutableBucket struct {
	constructs.Construct
	// Bucket is the aws_s3_bucket. Refer to it by its Bucket attribute, its
	// name.
	Bucket s3bucket.S3Bucket

	data, evidence, replica, trail *member

	batch iamrole.IamRole
	// elsewhere is the provider in the replica's Region.
	elsewhere cdktf.TerraformProvider
	// alarms is the ARN of the topic for alarms.
	alarms string
}

// An Option is what a bucket needs beside its settings.
type Option func(*ImmutableBucket)

// WithReplicaProvider gives the aws provider in the Region of the replica, which
// a bucket with one needs.
func WithReplicaProvider(provider cdktf.TerraformProvider) Option {
	return func(b *ImmutableBucket) { b.elsewhere = provider }
}

// ErrNoReplicaProvider is returned by [New] for a bucket with a replica and no
// provider in its Region.
var ErrNoReplicaProvider = errors.New("a replica needs WithReplicaProvider")

// New declares an immutable bucket in scope, a stack with the aws provider or
// a construct in one, and the other parts of its topology that config asks for.
// If config breaks a rule, New declares nothing and returns [settings.Mistakes]
// whose paths start with the id.
//
// If config has neither a name nor a prefix, the bucket's name starts with id
// and '-'. config.Region must be the provider's Region, because the ARNs in the
// policies contain its partition. config.Account is required with guardians,
// and if the stack creates a key.
func New(scope constructs.Construct, id string, config settings.Bucket, options ...Option) (*ImmutableBucket, error) {
	config.Name, config.NamePrefix = config.NameOrPrefix(id)
	mistakes := append(config.Validate(id), PolicyMistakes(id, config)...)
	if err := mistakes.Err(); err != nil {
		return nil, fmt.Errorf("declare bucket %s: %w", id, err)
	}
	b := &ImmutableBucket{}
	for _, option := range options {
		option(b)
	}
	if config.Replica != nil && b.elsewhere == nil {
		return nil, fmt.Errorf("declare bucket %s: %w", id, ErrNoReplicaProvider)
	}
	b.Construct = constructs.NewConstruct(scope, jsii.String(id))
	b.data = &member{scope: b.Construct, config: config}
	b.data.declareLocked(policyOf)
	b.Bucket = b.data.bucket
	if config.Evidence != nil {
		b.declareEvidence()
	}
	if config.AccessLogs {
		b.declareAccessLogs()
	}
	if config.Inventory != nil {
		b.declareInventory()
	}
	if config.Batch {
		b.declareBatch()
	}
	if config.Replica != nil {
		b.declareReplica()
	}
	if config.DataEvents != nil {
		b.declareDataEvents()
	}
	if config.Adopted() {
		b.adopt()
	}
	return b, nil
}
