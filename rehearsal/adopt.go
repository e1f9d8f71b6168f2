package rehearsal

import (
	"context"
	"fmt"
	"strings"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// bucketAddress is the bucket's in a stack's Terraform.
const bucketAddress = "aws_s3_bucket.bucket"

// adopt takes up what an apply left that was killed: a bucket of the declared
// name that is there but in no state. Terraform would ask for it again and be
// refused. A bucket with a prefix gets another name, and needs none of this.
func (d *deployment) adopt(ctx context.Context, dir string, at *site, b settings.Bucket) error {
	if at.server == nil || b.Name == "" {
		return nil
	}
	state, err := d.Show(ctx)
	if err != nil {
		return d.failed(ctx, "terraform show", err)
	}
	if state.Values != nil && state.Values.RootModule != nil {
		for _, resource := range state.Values.RootModule.Resources {
			if resource.Address == bucketAddress {
				return nil
			}
		}
	}
	owner := at.ownerClient()
	if _, err := owner.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.Name}); err != nil {
		return nil
	}
	if err := d.Import(ctx, bucketAddress, b.Name); err != nil && !strings.Contains(err.Error(), "already managed") {
		return d.failed(ctx, fmt.Sprintf("terraform import of the bucket %s in %s", b.Name, dir), err)
	}
	return nil
}
