package awsprovider

import (
	"slices"
	"strings"
)

// services are the types of resources that an S3 server alone can't have, and
// topicOutput is the output with the ARN of such a resource.
var services = []string{
	"aws_cloudtrail", "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target",
	"aws_iam_role", "aws_iam_role_policy", "aws_sns_topic",
}

const topicOutput = "alarm_topic_arn"

// OnOneServer leaves out of a stack, in the file with its Terraform JSON, what an
// S3 server with one Region and without other AWS services can't have: the
// resources of other services, and the provider's other Regions. The provider
// then sends no requests to other services, and names buckets in the path. It
// leaves out the resources of more types, too.
func OnOneServer(path string, types ...string) error {
	return Edit(path, func(stack map[string]any) {
		oneRegion(stack)
		Without(stack, append(types, services...)...)
		providers, _ := stack["provider"].(map[string]any)
		for _, configuration := range asList(providers["aws"]) {
			if values, ok := configuration.(map[string]any); ok {
				values["s3_use_path_style"] = true
				values["skip_credentials_validation"] = true
				values["skip_metadata_api_check"] = "true"
				values["skip_region_validation"] = true
				values["skip_requesting_account_id"] = true
			}
		}
		outputs, _ := stack["output"].(map[string]any)
		delete(outputs, topicOutput)
	})
}

// InOneRegion has all resources of a stack use its first provider: two
// configurations of the provider can't share one process, and the local server
// has one Region.
func InOneRegion(path string) error { return Edit(path, oneRegion) }

func oneRegion(stack map[string]any) {
	providers, _ := stack["provider"].(map[string]any)
	if all := asList(providers["aws"]); len(all) > 1 {
		providers["aws"] = all[:1]
	}
	eachResource(stack, func(values map[string]any) { delete(values, "provider") })
}

// Without takes the resources of some types out of a stack, and out of what other
// resources wait for.
func Without(stack map[string]any, types ...string) {
	resources, _ := stack["resource"].(map[string]any)
	for _, kind := range types {
		delete(resources, kind)
	}
	eachResource(stack, func(values map[string]any) {
		rest := slices.DeleteFunc(asList(values["depends_on"]), func(on any) bool {
			address, _ := on.(string)
			kind, _, _ := strings.Cut(address, ".")
			return slices.Contains(types, kind)
		})
		if len(rest) > 0 {
			values["depends_on"] = rest
		} else {
			delete(values, "depends_on")
		}
	})
}

func eachResource(stack map[string]any, do func(values map[string]any)) {
	resources, _ := stack["resource"].(map[string]any)
	for _, byName := range resources {
		named, _ := byName.(map[string]any)
		for _, resource := range named {
			if values, ok := resource.(map[string]any); ok {
				do(values)
			}
		}
	}
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}
