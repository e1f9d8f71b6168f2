package slimcache_test

import (
	"fmt"
	"os"
	"path/filepath"

	"datalock/slimcache"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Call Use before the first construct. The rest of the app stays as it is.
func Example() {
	slimcache.Use()
	defer jsii.Close()

	out, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(out)

	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: jsii.String(out)})
	stack := cdktf.NewTerraformStack(app, jsii.String("example"))
	cdktf.NewTerraformOutput(stack, jsii.String("greeting"), &cdktf.TerraformOutputConfig{Value: "hello"})
	app.Synth()

	_, err = os.Stat(filepath.Join(out, "stacks", "example", "cdk.tf.json"))
	fmt.Println(err)
	// Output: <nil>
}
