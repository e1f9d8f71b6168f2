package bucket

import (
	"crypto/sha256"
	"fmt"

	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// uniqueName returns a Terraform expression that completes a prefix with 26
// characters, as the AWS provider does with bucket_prefix: the second of the
// plan, and a part that differs between buckets that are planned in the same
// second. Unlike the provider's it is known when the plan is made, and so is
// the bucket policy, which has to spell the name out. A policy that is "known
// after apply" passes every scan unread.
// https://developer.hashicorp.com/terraform/language/functions/plantimestamp
func uniqueName(prefix, path string, config settings.Bucket) string {
	bucket := sha256.Sum256([]byte(path + " " + config.Region + " " + config.Account))
	return fmt.Sprintf(`%s${formatdate("YYYYMMDDhhmmss", plantimestamp())}${substr(sha256("%x ${plantimestamp()}"), 0, 12)}`, prefix, bucket[:8])
}

// keepName has Terraform keep the name that the bucket got in its first plan,
// and tell where the settings have another prefix by now.
func keepName(prefix string, lifecycle *cdktf.TerraformResourceLifecycle) *cdktf.TerraformResourceLifecycle {
	if lifecycle == nil {
		lifecycle = &cdktf.TerraformResourceLifecycle{}
	}
	lifecycle.IgnoreChanges = jsii.Strings("bucket")
	lifecycle.Postcondition = &[]*cdktf.Postcondition{{
		Condition:    fmt.Sprintf(`${startswith(self.bucket, "%s")}`, prefix),
		ErrorMessage: jsii.String(fmt.Sprintf("A bucket can't be renamed, and this one doesn't begin with %s: set its whole name in the settings, or put the prefix back.", prefix)),
	}}
	return lifecycle
}
