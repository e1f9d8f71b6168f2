// Package stack puts each bucket of the settings into a Terraform stack of its
// own, with the provider and the backend that the settings ask for, and
// synthesises them.
//
// One bucket, one stack, one state: a mistake in one can't reach another.
package stack

import (
	"datalock/bucket"
	"datalock/settings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

const (
	// ProviderVersion relaxes the exact version that cdktf's bindings ask
	// for: later 5.x releases know the same resources.
	ProviderVersion = "~> 5.99"
	// TerraformVersion is the oldest Terraform whose plans were tried.
	TerraformVersion = ">= 1.5.0"
	// LockfileTerraformVersion is the oldest with an S3 backend that locks
	// by an object.
	// https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
	LockfileTerraformVersion = ">= 1.10.0"
)

// New declares the stack of the given name, which is a key of s.Buckets,
// below app. The settings must be valid; it returns [settings.Mistakes] where
// those of the bucket aren't.
func New(app constructs.Construct, s settings.Settings, name string) error {
	stack := cdktf.NewTerraformStack(app, jsii.String(name))
	declareProvider(stack, s, s.RegionOf(name))
	declareBackend(stack, s, name)
	declareVersions(stack, s.Backend)

	// "Default" keeps the construct out of the logical ids.
	b, err := bucket.New(stack, "Default", s.BucketOf(name))
	if err != nil {
		return err
	}
	b.Output(stack)
	return nil
}
