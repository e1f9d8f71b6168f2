package bucket

import (
	"slices"
	"strings"

	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// importing is the type of the metadata in which a stack keeps its imports:
// each is an address and an ID, with a space between.
const importing = "datalock:import"

// adopt declares an import block for the data bucket, and for each of its
// configurations that the settings name.
//
// cdktf's ImportFrom isn't used: for each resource it runs `terraform version`,
// so that synth would be slow and fail without Terraform.
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
	// Later buckets of the stack replace the override, so it has all imports.
	var blocks []any
	for _, entry := range *stack.Node().Metadata() {
		if text, is := entry.Data.(string); is && *entry.Type == importing {
			address, id, _ := strings.Cut(text, " ")
			blocks = append(blocks, map[string]any{"to": address, "id": id})
		}
	}
	stack.AddOverride(jsii.String("import"), blocks)
}

// importID returns the ID by which the AWS provider imports a configuration of
// the bucket with the given name.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_inventory#import
func importID(kind, bucket string) string {
	if kind == "aws_s3_bucket_inventory" {
		return bucket + ":" + settings.InventoryName
	}
	return bucket
}

// An identified element has an ID that is unique in its stack.
type identified interface{ FriendlyUniqueId() *string }

// declare notes a resource by its type, for an import block.
func (m *member) declare(kind string, resource cdktf.ITerraformDependable) cdktf.ITerraformDependable {
	if m.declared == nil {
		m.declared = map[string]identified{}
	}
	m.declared[kind], _ = resource.(identified)
	return resource
}
