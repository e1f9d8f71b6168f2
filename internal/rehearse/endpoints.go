package rehearse

import (
	"encoding/json"
	"fmt"
	"os"
)

// withoutEndpoints removes the provider's endpoints from a stack's Terraform
// JSON. AWS provider 5.100.0 spends seconds on validating the block in each
// command; AWS_ENDPOINT_URL_S3 does the same without.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/custom-service-endpoints
func withoutEndpoints(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the Terraform JSON: %w", err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		return fmt.Errorf("read the Terraform JSON %s: %w", path, err)
	}
	providers, _ := root["provider"].(map[string]any)
	configurations, _ := providers["aws"].([]any)
	for _, configuration := range configurations {
		if values, ok := configuration.(map[string]any); ok {
			delete(values, "endpoints")
		}
	}
	if text, err = json.MarshalIndent(root, "", "  "); err != nil {
		return fmt.Errorf("write the Terraform JSON: %w", err)
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
