// Command queue is a cdktf app without S3: a queue with a random name, from two
// providers. It shows how another app uses slimcache: with one call before the
// first construct.
package main

import (
	"datalock/slimcache"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/sqsqueue"
	"github.com/cdktf/cdktf-provider-random-go/random/v12/pet"
	random "github.com/cdktf/cdktf-provider-random-go/random/v12/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

func main() {
	slimcache.Use()
	defer jsii.Close()

	app := cdktf.NewApp(nil)
	stack := cdktf.NewTerraformStack(app, jsii.String("queue"))
	cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{Path: jsii.String("terraform.tfstate")})
	provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String("eu-central-1")})
	random.NewRandomProvider(stack, jsii.String("random"), nil)

	name := pet.NewPet(stack, jsii.String("name"), &pet.PetConfig{Length: jsii.Number(2)})
	sqsqueue.NewSqsQueue(stack, jsii.String("queue"), &sqsqueue.SqsQueueConfig{
		Name:                    name.Id(),
		MessageRetentionSeconds: jsii.Number(86400),
		SqsManagedSseEnabled:    jsii.Bool(true),
	})
	app.Synth()
}
