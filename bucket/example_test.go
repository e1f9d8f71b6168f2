package bucket_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"datalock/bucket"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// A program of one's own uses the construct in a stack of its own, beside
// whatever else the stack holds, and more than once.
func ExampleNew() {
	defer jsii.Close()
	outdir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(outdir)

	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: jsii.String(outdir)})
	stack := cdktf.NewTerraformStack(app, jsii.String("research"))
	provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String("eu-central-1")})

	config := settings.DefaultBucket()
	config.Region = "eu-central-1"
	config.Retention.Days = 365
	for _, id := range []string{"genomes", "images"} {
		b, err := bucket.New(stack, id, config)
		if err != nil {
			fmt.Println(err)
			return
		}
		cdktf.NewTerraformOutput(stack, jsii.String(id+"_bucket"), &cdktf.TerraformOutputConfig{Value: b.Bucket.Bucket()})
	}
	app.Synth()

	// Settings that break a rule declare nothing.
	config.Retention.Days = 0
	_, err = bucket.New(stack, "broken", config)
	fmt.Println(err)

	text, err := os.ReadFile(filepath.Join(outdir, "stacks", "research", "cdk.tf.json"))
	if err != nil {
		fmt.Println(err)
		return
	}
	var terraform struct {
		Resource struct {
			Lock map[string]struct {
				Rule json.RawMessage
			} `json:"aws_s3_bucket_object_lock_configuration"`
		}
		Output map[string]any
	}
	if err := json.Unmarshal(text, &terraform); err != nil {
		fmt.Println(err)
		return
	}
	var ids []string
	for id := range terraform.Resource.Lock {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	fmt.Println(ids, len(terraform.Output))
	// Output:
	// declare bucket broken: broken.retention.days = 0: must be a whole number from 1 to 36500; write a length in days, such as "days": 90
	// [genomes_object_lock_CC662960 images_object_lock_12A69C17] 2
}
