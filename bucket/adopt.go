package bucket

import (
	"slices"
	"strings"

	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// importing is the type of the metadata in which a stack collects its imports. The
// data is an address and an ID, separated by a space.
const importing = "datalock:import"

// adopt declares import blocks for the data bucket and for those of its
// configurations that the settings list.
//
// It doesn't use cdktf's ImportFrom, which runs `terraform version` for each
// resource: synth would be slow, and fail without Terraform.
// https://developer.hashicorp.com/terraform/language/import
func (b *ImmutableBucket) adopt() {
	config := b.data.config
	stack := cdktf.TerraformStack_Of(b.Construct)
	note := func(kind, id string) {
		address := kind + "." + *b.data.declared[kind].FriendlyUniqueId()
		stack.Node().AddMetadata(jsii.String(importing), address+" "+id, nil)
	}
	note("aws_s3_bucket", config.Name)
	for _, kind := range config.Adoptable() {
		if slices.Contains(config.Adopt, kind) {
			note(kind, importID(kind, config.Name))
		}
	}
	// Each bucket of the stack replaces the override, so it needs all imports.
	var blocks []any
	for _, entry := range *stack.Node().Metadata() {
		if text, is := entry.Data.(string); is && *entry.Type == importing {
			address, id, _ := strings.Cut(text, " ")
			blocks = append(blocks, map[string]any{"to": address, "id": id})
		}
	}
	stack.AddOverride(jsii.String("import"), blocks)
}

// importID returns the ID with which the AWS provider imports a configuration of a
// bucket.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_inventory#import
func importID(kind, bucket string) string {
	if kind == "aws_s3_bucket_inventory" {
		return bucket + ":" + settings.InventoryName
	}
	return bucket
}

// An identified element has an ID that is unique in its stack.
type identified interface{ FriendlyUniqueId() *string }

// declare records a resource by its type, for an import block.
func (m *member) declare(kind string, resource cdktf.ITerraformDependable) cdktf.ITerraformDependable {
	if m.declared == nil {
		m.declared = map[string]identified{}
	}
	m.declared[kind], _ = resource.(identified)
	return resource
}
