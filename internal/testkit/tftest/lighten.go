package tftest

import "datalock/internal/awsprovider"

// slow is the resource for which the AWS provider waits 55 seconds each time it
// is made: ten readings, five seconds apart, ten seconds after writing.
const slow = "aws_s3_bucket_lifecycle_configuration"

// Lighten takes out of a stack's Terraform JSON what costs a test time and is
// not its subject: the lifecycle configuration, for which the AWS provider
// waits 55 seconds, and the endpoints of the provider, which it validates for 4
// to 8 seconds of processor time in each command. Name the endpoint in
// AWS_ENDPOINT_URL_S3.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/custom-service-endpoints
func Lighten(path string) error {
	if err := awsprovider.WithoutEndpoints(path); err != nil {
		return err
	}
	return awsprovider.Edit(path, func(stack map[string]any) { awsprovider.Without(stack, slow) })
}
