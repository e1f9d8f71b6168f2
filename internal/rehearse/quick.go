package rehearse

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// slowType is the resource for which the AWS provider waits 55 seconds each
// time it is made: ten readings, five seconds apart, ten seconds after writing.
const slowType = "aws_s3_bucket_lifecycle_configuration"

// quickChange says in the report what a quick rehearsal leaves out.
const quickChange = "the lifecycle configuration is left out, because the AWS provider waits 55 seconds for it"

// withoutLifecycle takes the lifecycle configuration out of a stack's Terraform
// JSON, and out of what depends on it.
func withoutLifecycle(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the Terraform JSON: %w", err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		return fmt.Errorf("read the Terraform JSON %s: %w", path, err)
	}
	resources, _ := root["resource"].(map[string]any)
	delete(resources, slowType)
	for _, byName := range resources {
		named, _ := byName.(map[string]any)
		for _, resource := range named {
			dropDependency(resource)
		}
	}
	if text, err = json.MarshalIndent(root, "", "  "); err != nil {
		return fmt.Errorf("write the Terraform JSON: %w", err)
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

func dropDependency(resource any) {
	fields, _ := resource.(map[string]any)
	list, ok := fields["depends_on"].([]any)
	if !ok {
		return
	}
	list = slices.DeleteFunc(list, func(address any) bool {
		text, _ := address.(string)
		return strings.HasPrefix(text, slowType+".")
	})
	if len(list) == 0 {
		delete(fields, "depends_on")
		return
	}
	fields["depends_on"] = list
}
