package bucket

import (
	"strings"

	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// A member is one bucket of a stack, with its guards.
type member struct {
	scope constructs.Construct
	// prefix is the prefix of the logical ids of its resources, empty for the data
	// bucket.
	prefix string
	// provider is the provider of another Region, or nil for the stack's.
	provider cdktf.TerraformProvider
	config   settings.Bucket
	bucket   s3bucket.S3Bucket
	name     *string
	// key is the ARN of the KMS key, if there is one.
	key *string
	// policy is applied after everything else.
	policy cdktf.ITerraformDependable
	// declared are the bucket and its configurations by their Terraform types.
	declared map[string]identified
}

// id returns the logical id of one of the member's resources.
func (m *member) id(resource string) *string { return jsii.String(m.prefix + resource) }

// policyName returns the bucket's name for ARNs, or an expression for it. A name
// derived from another bucket's can contain an expression too.
func (m *member) policyName() string {
	if m.config.Name != "" && !strings.Contains(m.config.Name, "${") {
		return m.config.Name
	}
	return *m.name
}

// protected returns the lifecycle of a resource that protects the data.
func (m *member) protected() *cdktf.TerraformResourceLifecycle {
	if !m.config.PreventDestroy {
		return nil
	}
	return &cdktf.TerraformResourceLifecycle{PreventDestroy: jsii.Bool(true)}
}

// declareLocked declares a locked bucket and its guards. policyOf returns its
// policy.
func (m *member) declareLocked(policyOf func(config settings.Bucket, name string) policy.Document) {
	m.declareBucket(true)
	versioning := m.declare("aws_s3_bucket_versioning", m.enableVersioning())
	before := []cdktf.ITerraformDependable{
		versioning,
		m.declare("aws_s3_bucket_object_lock_configuration", m.lockByDefault(versioning)),
		m.declare("aws_s3_bucket_public_access_block", m.blockPublicAccess()),
		m.declare("aws_s3_bucket_ownership_controls", m.ownObjects()),
		m.declare("aws_s3_bucket_server_side_encryption_configuration", m.encryptByDefault()),
	}
	if !m.config.Lifecycle.Disabled {
		lifecycle := m.declareLifecycle(lifecycleRules(m.config.Lifecycle), versioning)
		m.declare("aws_s3_bucket_lifecycle_configuration", lifecycle)
		if m.policyWaitsForLifecycle() {
			before = append(before, lifecycle)
		}
	}
	m.declarePolicy(policyOf(m.config, m.policyName()), before)
	m.declare("aws_s3_bucket_policy", m.policy)
}
