package check

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// markImported marks the resources of a stack that its import blocks name.
// https://developer.hashicorp.com/terraform/language/import
func (s *Subject) markImported(section jsontext.Value) {
	var value any
	if json.Unmarshal(section, &value) != nil {
		return
	}
	for _, block := range blocks(object{"import": value}, "import") {
		to := strings.TrimSuffix(strings.TrimPrefix(text(block, "to"), "${"), "}")
		for _, r := range s.resources {
			if r.address == to {
				r.imported = true
			}
		}
	}
}

// importedOf returns the addresses of a bucket and its guards that are
// imported, as they appear in findings.
func (s *Subject) importedOf(b *resource) []string {
	var all []string
	for _, r := range s.resources {
		if r.imported && (r == b || r.bucket == b) {
			all = append(all, Printable(r.address))
		}
	}
	slices.Sort(all)
	return all
}

// bucketImported reports whether a resource is or guards an imported bucket.
func (r *resource) bucketImported() bool {
	return r.imported && r.kind == bucketType || r.bucket != nil && r.bucket.imported
}
