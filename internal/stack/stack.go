// Package stack declares a Terraform stack for each bucket of the settings,
// with its provider and backend, and synthesises the stacks.
//
// Each bucket has its own stack and state, so that a mistake in one can't affect
// another.
package stack

import (
	"errors"
	"strings"

	"datalock/bucket"
	"datalock/settings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

const (
	// TerraformVersion is the oldest supported Terraform.
	TerraformVersion = ">= 1.5.0"
	// LockfileTerraformVersion is the oldest Terraform whose S3 backend can
	// lock with an object.
	// https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
	LockfileTerraformVersion = ">= 1.10.0"
	// EndpointTerraformVersion is the oldest Terraform whose S3 backend has all
	// arguments for a state on an S3-compatible server.
	// https://github.com/hashicorp/terraform/pull/34002
	EndpointTerraformVersion = ">= 1.6.1"
	// ProjectTerraformVersion is the oldest Terraform whose cloud block has a project.
	// https://developer.hashicorp.com/terraform/cli/cloud/settings
	ProjectTerraformVersion = ">= 1.6.0"
)

// constructID doesn't become part of the logical ids: cdktf leaves this id out.
const constructID = "Default"

// New declares the stack with the given name, a key of s.Buckets, in app. The
// settings must be valid. New returns [settings.Mistakes] if the bucket's
// policies are too large for AWS.
func New(app constructs.Construct, s settings.Settings, name string) error {
	stack := cdktf.NewTerraformStack(app, jsii.String(name))
	declareProvider(stack, s, s.RegionOf(name), "")
	declareBackend(stack, s, name)
	declareVersions(stack, s)

	config := s.BucketOf(name)
	var options []bucket.Option
	if config.Replica != nil {
		options = append(options, bucket.WithReplicaProvider(declareProvider(stack, s, config.Replica.Region, "replica")))
	}
	b, err := bucket.New(stack, constructID, config, options...)
	if mistakes := (settings.Mistakes)(nil); errors.As(err, &mistakes) {
		for i, m := range mistakes {
			mistakes[i].Path = "buckets." + name + strings.TrimPrefix(m.Path, constructID)
		}
		return mistakes
	}
	if err != nil {
		return err
	}
	b.Output(stack)
	return nil
}
