package awsprovider

import (
	"encoding/json"
	"fmt"
	"os"
)

// Types returns the types of the resources and data sources in a stack's
// Terraform JSON.
func Types(path string) (map[string]bool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the Terraform JSON: %w", err)
	}
	var stack struct{ Resource, Data map[string]json.RawMessage }
	if err := json.Unmarshal(text, &stack); err != nil {
		return nil, fmt.Errorf("read the Terraform JSON %s: %w", path, err)
	}
	types := map[string]bool{}
	for _, named := range []map[string]json.RawMessage{stack.Resource, stack.Data} {
		for name := range named {
			types[name] = true
		}
	}
	return types, nil
}
