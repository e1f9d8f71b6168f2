package awsprovider

import (
	"encoding/json"
	"fmt"
	"os"
)

// WithoutEndpoints removes the provider's endpoints from a stack's Terraform JSON
// file. AWS provider 5.100.0 takes seconds to validate the block in each command;
// set AWS_ENDPOINT_URL_S3 instead.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/custom-service-endpoints
func WithoutEndpoints(path string) error {
	return Edit(path, func(stack map[string]any) {
		providers, _ := stack["provider"].(map[string]any)
		configurations, _ := providers["aws"].([]any)
		for _, configuration := range configurations {
			if values, ok := configuration.(map[string]any); ok {
				delete(values, "endpoints")
			}
		}
	})
}

// Edit changes a stack's Terraform JSON file.
func Edit(path string, change func(stack map[string]any)) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the Terraform JSON: %w", err)
	}
	var stack map[string]any
	if err := json.Unmarshal(text, &stack); err != nil {
		return fmt.Errorf("read the Terraform JSON %s: %w", path, err)
	}
	change(stack)
	if text, err = json.MarshalIndent(stack, "", "  "); err != nil {
		return fmt.Errorf("write the Terraform JSON: %w", err)
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
