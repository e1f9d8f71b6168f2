package stack

import (
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// declareProvider declares the stack's provider, or one with an alias for another
// Region.
func declareProvider(stack cdktf.TerraformStack, s settings.Settings, region, alias string) cdktf.TerraformProvider {
	c, id := &provider.AwsProviderConfig{Region: jsii.String(region)}, "aws"
	if alias != "" {
		c.Alias, id = jsii.String(alias), "aws_"+alias
	}
	if s.Account != "" {
		c.AllowedAccountIds = jsii.Strings(s.Account)
	}
	if len(s.Tags) > 0 {
		tags := make(map[string]*string, len(s.Tags))
		for key, value := range s.Tags {
			tags[key] = jsii.String(value)
		}
		c.DefaultTags = []any{&provider.AwsProviderDefaultTags{Tags: &tags}}
	}
	if s.Endpoint != "" {
		useEndpoint(c, s.Endpoint)
	}
	return provider.NewAwsProvider(stack, jsii.String(id), c)
}

// useEndpoint makes the provider use an S3-compatible server, which has no STS
// and no instance metadata, and can have other Regions.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/custom-service-endpoints
func useEndpoint(c *provider.AwsProviderConfig, endpoint string) {
	c.Endpoints = []any{&provider.AwsProviderEndpoints{S3: jsii.String(endpoint)}}
	c.S3UsePathStyle = jsii.Bool(true)
	c.SkipCredentialsValidation = jsii.Bool(true)
	c.SkipMetadataApiCheck = jsii.String("true")
	c.SkipRegionValidation = jsii.Bool(true)
	c.SkipRequestingAccountId = jsii.Bool(true)
}
