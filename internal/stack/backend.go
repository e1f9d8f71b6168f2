package stack

import (
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// declareBackend always declares a backend. Otherwise cdktf would write an
// absolute path of this machine to the Terraform JSON.
func declareBackend(stack cdktf.TerraformStack, s settings.Settings, name string) {
	switch {
	case s.Backend.S3 != nil:
		declareS3Backend(stack, *s.Backend.S3, name, s.Region)
	case s.Backend.Cloud != nil:
		declareCloudBackend(stack, *s.Backend.Cloud, name)
	default:
		path := settings.ForStack(s.LocalPath(), name)
		cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{Path: jsii.String(path)})
	}
}

// requiredTerraform returns the oldest Terraform that knows the arguments of the
// backend.
func requiredTerraform(b settings.Backend) string {
	switch {
	case b.S3 != nil && b.S3.UseLockfile:
		return LockfileTerraformVersion
	case b.S3 != nil && b.S3.Endpoint != "":
		return EndpointTerraformVersion
	case b.Cloud != nil && b.Cloud.Workspaces.Project != "":
		return ProjectTerraformVersion
	}
	return TerraformVersion
}

// declareVersions sets the required versions of Terraform and the provider, and
// the argument that cdktf's S3 backend doesn't have; without a lock file it is left
// out, because older versions of Terraform refuse it. cdktf's bindings require one
// exact version of the provider, which the settings replace. It makes only one call,
// because each is a round trip to node for every bucket.
func declareVersions(stack cdktf.TerraformStack, s settings.Settings) {
	terraform := map[string]any{
		"required_version":   requiredTerraform(s.Backend),
		"required_providers": map[string]any{"aws": map[string]any{"version": s.ProviderVersion()}},
	}
	if b := s.Backend; b.S3 != nil && b.S3.UseLockfile {
		terraform["backend"] = map[string]any{"s3": map[string]any{"use_lockfile": true}}
	}
	stack.AddOverride(jsii.String("terraform"), terraform)
}

func declareS3Backend(stack cdktf.TerraformStack, b settings.S3Backend, name, region string) {
	if b.Region != "" {
		region = b.Region
	}
	c := &cdktf.S3BackendConfig{
		Bucket:  jsii.String(b.Bucket),
		Key:     jsii.String(settings.ForStack(b.Key, name)),
		Region:  jsii.String(region),
		Encrypt: jsii.Bool(b.Encrypt),
	}
	if b.Endpoint != "" {
		c.Endpoints = &cdktf.S3BackendEndpointConfig{S3: jsii.String(b.Endpoint)}
		c.UsePathStyle = jsii.Bool(true)
		c.SkipCredentialsValidation = jsii.Bool(true)
		c.SkipMetadataApiCheck = jsii.Bool(true)
		c.SkipRegionValidation = jsii.Bool(true)
		c.SkipRequestingAccountId = jsii.Bool(true)
	}
	cdktf.NewS3Backend(stack, c)
}

func declareCloudBackend(stack cdktf.TerraformStack, b settings.CloudBackend, name string) {
	c := &cdktf.CloudBackendConfig{Organization: jsii.String(b.Organization)}
	if b.Hostname != "" {
		c.Hostname = jsii.String(b.Hostname)
	}
	var project *string
	if b.Workspaces.Project != "" {
		project = jsii.String(b.Workspaces.Project)
	}
	if len(b.Workspaces.Tags) > 0 {
		// The stack's name as a tag prevents that the stack is applied to the
		// workspace, and so to the bucket, of another stack.
		tags := append([]string{}, b.Workspaces.Tags...)
		c.Workspaces = cdktf.NewTaggedCloudWorkspaces(jsii.Strings(append(tags, name)...), project)
	} else {
		c.Workspaces = cdktf.NewNamedCloudWorkspace(jsii.String(settings.ForStack(b.Workspaces.Name, name)), project)
	}
	cdktf.NewCloudBackend(stack, c)
}
