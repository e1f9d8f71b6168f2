package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/terraform-exec/tfexec"
)

// adopt imports a bucket with the declared name that exists but is in no state,
// because an earlier apply was killed. Terraform would try to create it again
// and fail. A bucket with a prefix gets another name, so it isn't adopted.
func (d *deployment) adopt(ctx context.Context, at *site, stack string, b settings.Bucket) error {
	if at.server == nil || b.Name == "" {
		return nil
	}
	known, err := inState(filepath.Join(at.dir, "terraform."+stack+".tfstate"))
	if err != nil || known {
		return err
	}
	if _, err := at.ownerClient().HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.Name}); err != nil {
		// There is no such bucket, as before a first apply.
		return nil
	}
	if err := d.Import(ctx, "aws_s3_bucket.bucket", b.Name, tfexec.Reattach(d.reattach)); err != nil {
		return d.failed(ctx, "terraform import of the bucket "+b.Name, err)
	}
	return nil
}

// inState reports whether a local state has the bucket. The file may be missing
// or empty.
func inState(path string) (bool, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(text) == 0 {
		return false, nil
	}
	var state struct {
		Resources []struct{ Type, Name string }
	}
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	if err != nil {
		return false, fmt.Errorf("read the rehearsal's Terraform state %s: %w; remove the folder to start again", path, err)
	}
	for _, r := range state.Resources {
		if r.Type == "aws_s3_bucket" && r.Name == "bucket" {
			return true, nil
		}
	}
	return false, nil
}
