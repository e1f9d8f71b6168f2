package bucket

import (
	"crypto/sha256"
	"fmt"

	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// uniqueName returns a Terraform expression that appends 26 characters to a
// prefix, as the AWS provider does with bucket_prefix: the time of the plan and
// a hash that differs between buckets. With bucket_prefix the name, and so the
// bucket policy, would be "known after apply", and no scan of a plan could read
// the policy.
// https://developer.hashicorp.com/terraform/language/functions/plantimestamp
func uniqueName(prefix, path string, config settings.Bucket) string {
	bucket := sha256.Sum256([]byte(path + " " + config.Region + " " + config.Account))
	const expression = `%s${formatdate("YYYYMMDDhhmmss", plantimestamp())}` +
		`${substr(sha256("%x ${plantimestamp()}"), 0, 12)}`
	return fmt.Sprintf(expression, prefix, bucket[:8])
}

// keepName makes Terraform keep the name from the bucket's first plan, and
// fail with a message if the settings have another prefix now.
func keepName(prefix string, lifecycle *cdktf.TerraformResourceLifecycle) *cdktf.TerraformResourceLifecycle {
	if lifecycle == nil {
		lifecycle = &cdktf.TerraformResourceLifecycle{}
	}
	lifecycle.IgnoreChanges = jsii.Strings("bucket")
	lifecycle.Postcondition = &[]*cdktf.Postcondition{{
		Condition: fmt.Sprintf(`${startswith(self.bucket, "%s")}`, prefix),
		ErrorMessage: jsii.String("A bucket can't be renamed, and this one doesn't begin with " + prefix +
			": set its whole name in the settings, or put the prefix back."),
	}}
	return lifecycle
}
