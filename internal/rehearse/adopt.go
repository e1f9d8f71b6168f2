package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"datalock/internal/audit"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/terraform-exec/tfexec"
)

// adopt imports the buckets of a stack that exist but are in no state, because an
// earlier apply was killed. Terraform would try to create them again and fail. A
// bucket with a prefix gets another name, so it isn't adopted.
func (d *deployment) adopt(ctx context.Context, at *site, stack string, b settings.Bucket) error {
	if at.server == nil || b.Name == "" {
		return nil
	}
	known, err := inState(filepath.Join(at.dir, "terraform."+stack+".tfstate"))
	if err != nil {
		return err
	}
	buckets := map[string]string{"bucket": b.Name}
	for _, m := range (audit.Config{Bucket: b.Name, Wanted: b}).Members() {
		buckets[string(m.Kind)+"_bucket"] = m.Bucket
	}
	for id, name := range buckets {
		if known[id] {
			continue
		}
		if _, err := at.ownerClient().HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name}); err != nil {
			// There is no such bucket, as before a first apply.
			continue
		}
		if err := d.Import(ctx, "aws_s3_bucket."+id, name, tfexec.Reattach(d.reattach)); err != nil {
			return d.failed(ctx, "terraform import of the bucket "+name, err)
		}
	}
	return nil
}

// inState returns the names of the buckets in a local state. The file may be
// missing or empty.
func inState(path string) (map[string]bool, error) {
	known := map[string]bool{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(text) == 0 {
		return known, nil
	}
	var state struct {
		Resources []struct{ Type, Name string }
	}
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	if err != nil {
		return nil, fmt.Errorf("read the rehearsal's Terraform state %s: %w; remove the folder to start again", path, err)
	}
	for _, r := range state.Resources {
		if r.Type == "aws_s3_bucket" {
			known[r.Name] = true
		}
	}
	return known, nil
}
