package settings

import (
	"slices"
	"strings"
)

// bucketType is the Terraform type of a bucket itself.
const bucketType = "aws_s3_bucket"

// Adopted reports whether the bucket exists already, so that its stack imports
// it instead of creating it.
func (b Bucket) Adopted() bool { return b.Adopt != nil }

// Adoptable returns the Terraform types of the configurations that the stack
// declares for the data bucket itself, which are those that Adopt can contain.
// Their order is that of the documentation.
// https://developer.hashicorp.com/terraform/language/import
func (b Bucket) Adoptable() []string {
	types := []string{
		"aws_s3_bucket_versioning",
		"aws_s3_bucket_object_lock_configuration",
		"aws_s3_bucket_public_access_block",
		"aws_s3_bucket_ownership_controls",
		"aws_s3_bucket_server_side_encryption_configuration",
		"aws_s3_bucket_policy",
	}
	for _, part := range []struct {
		declared bool
		kind     string
	}{
		{!b.Lifecycle.Disabled, "aws_s3_bucket_lifecycle_configuration"},
		{b.AccessLogs, "aws_s3_bucket_logging"},
		{b.Inventory != nil, "aws_s3_bucket_inventory"},
		{b.Replica != nil, "aws_s3_bucket_replication_configuration"},
		{b.Replica != nil && b.DataEvents != nil, "aws_s3_bucket_notification"},
	} {
		if part.declared {
			types = append(types, part.kind)
		}
	}
	return types
}

// adoptableWith are the settings with which the stack declares a configuration
// that it otherwise leaves alone.
var adoptableWith = map[string]string{
	"aws_s3_bucket_lifecycle_configuration":   `"lifecycle"`,
	"aws_s3_bucket_logging":                   `"accessLogs"`,
	"aws_s3_bucket_inventory":                 `"inventory"`,
	"aws_s3_bucket_replication_configuration": `"replica"`,
	"aws_s3_bucket_notification":              `"replica" and "dataEvents"`,
}

// decodeAdopt reads the list, which may be empty: the bucket then has none of
// the configurations.
func decodeAdopt(r *reader) []string {
	types := r.listOrNone("adopt")
	if n := r.node.fields["adopt"]; types == nil && n != nil && n.kind == arrayKind {
		return []string{}
	}
	return types
}

// validateAdopt checks which resources the stack imports. Terraform fails if
// one doesn't exist, or if the stack doesn't declare it.
func (b Bucket) validateAdopt(path string) Mistakes {
	if !b.Adopted() {
		return nil
	}
	var ms Mistakes
	if b.Name == "" {
		ms.add(path, "", `requires "name", because a bucket that exists is found by its name`,
			`set "name" to the bucket's full name, or remove the key to create a bucket`)
	}
	for i, kind := range b.Adopt {
		at := element(path, i)
		if rule, fix := b.adoptRule(kind); rule != "" {
			ms.add(at, quote(kind), rule, fix)
		} else if first := slices.Index(b.Adopt, kind); first < i {
			ms.add(at, quote(kind), "is also "+element(path, first), "remove one")
		}
	}
	return ms
}

// adoptRule returns the rule that an entry of Adopt breaks, or "", and the fix.
func (b Bucket) adoptRule(kind string) (rule, fix string) {
	types := b.Adoptable()
	if slices.Contains(types, kind) {
		return "", ""
	}
	const unknown = "must be the Terraform type of a configuration that this stack declares"
	setting := adoptableWith[kind]
	near := nearestType(kind, types)
	switch {
	case kind == bucketType:
		return "the bucket itself is always imported", "remove it; the list is of the bucket's configurations"
	case setting != "":
		return "is not declared with these settings, so it can't be imported", "remove it, or set " + setting
	case near != "":
		return unknown, "did you mean " + quote(near) + "?"
	}
	return unknown, "remove it, or use one of " + strings.Join(types, ", ")
}

// nearestType returns the type that a misspelled one most likely means, or "".
// It compares only what differs between the types of S3's configurations.
func nearestType(kind string, types []string) string {
	differs := func(kind string) string {
		kind = strings.TrimPrefix(strings.ToLower(kind), bucketType+"_")
		return strings.TrimSuffix(kind, "_configuration")
	}
	var parts []string
	for _, known := range types {
		parts = append(parts, differs(known))
	}
	near := slices.Index(parts, nearest(differs(kind), parts))
	if near < 0 {
		return ""
	}
	return types[near]
}
