package tftest

import (
	"slices"
	"strings"

	"datalock/internal/awsprovider"
)

// slow is the resource for which the AWS provider waits 55 seconds each time it
// is made: ten readings, five seconds apart, ten seconds after writing.
const slow = "aws_s3_bucket_lifecycle_configuration"

// Lighten takes out of a stack's Terraform JSON what costs a test time and is
// not its subject: the lifecycle configuration, for which the AWS provider
// waits 55 seconds, and the endpoints of the provider, which it validates for 4
// to 8 seconds of processor time in each command. Name the endpoint in
// AWS_ENDPOINT_URL_S3.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/custom-service-endpoints
func Lighten(path string) error {
	if err := awsprovider.WithoutEndpoints(path); err != nil {
		return err
	}
	return awsprovider.Edit(path, func(stack map[string]any) {
		resources, _ := stack["resource"].(map[string]any)
		delete(resources, slow)
		for _, byName := range resources {
			named, _ := byName.(map[string]any)
			for _, resource := range named {
				dropDependency(resource)
			}
		}
	})
}

// dropDependency takes the lifecycle configuration out of what a resource waits
// for.
func dropDependency(resource any) {
	values, _ := resource.(map[string]any)
	list, _ := values["depends_on"].([]any)
	rest := slices.DeleteFunc(list, func(on any) bool {
		address, _ := on.(string)
		return strings.HasPrefix(address, slow+".")
	})
	if len(rest) > 0 {
		values["depends_on"] = rest
	} else {
		delete(values, "depends_on")
	}
}

// InOneRegion has all resources of a stack use its first provider: two
// configurations of the provider can't share one process, and the local server
// has one Region.
func InOneRegion(path string) error {
	return awsprovider.Edit(path, func(stack map[string]any) {
		providers, _ := stack["provider"].(map[string]any)
		if all, _ := providers["aws"].([]any); len(all) > 1 {
			providers["aws"] = all[:1]
		}
		resources, _ := stack["resource"].(map[string]any)
		for _, byName := range resources {
			named, _ := byName.(map[string]any)
			for _, resource := range named {
				values, _ := resource.(map[string]any)
				delete(values, "provider")
			}
		}
	})
}
