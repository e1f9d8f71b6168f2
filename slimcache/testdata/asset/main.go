// Command asset is a cdktf app with features that Datalock doesn't use: an
// archive, which cdktf creates with a bundled library, and a Terraform
// function.
package main

import (
	"os"
	"path/filepath"

	"datalock/slimcache"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

func main() {
	slimcache.Use()
	defer jsii.Close()
	folder, err := filepath.Abs(os.Args[1])
	if err != nil {
		panic(err)
	}
	app := cdktf.NewApp(&cdktf.AppConfig{StackTraces: jsii.Bool(false)})
	stack := cdktf.NewTerraformStack(app, jsii.String("asset"))
	cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{Path: jsii.String("terraform.tfstate")})
	cdktf.NewTerraformAsset(stack, jsii.String("archive"), &cdktf.TerraformAssetConfig{
		Path: jsii.String(folder), Type: cdktf.AssetType_ARCHIVE,
	})
	cdktf.NewTerraformOutput(stack, jsii.String("joined"), &cdktf.TerraformOutputConfig{
		Value: cdktf.Fn_Join(jsii.String("-"), &[]*string{jsii.String("a"), jsii.String("b")}),
	})
	app.Synth()
}
