package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"datalock/internal/inspect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// versions reads and judges every version.
func (a *auditor) versions(ctx context.Context) {
	t := newTally(a.now, a.WarnDays)
	scan := &inspect.Scan{
		Bucket: a.bucket, Inventory: a.Inventory, Jobs: a.Jobs, Rate: a.Rate, NoLocks: a.unlocked,
	}
	if a.Progress != nil {
		scan.Progress = func() { a.Progress(t.seen()) }
	}
	err := scan.Each(ctx, t.add)
	t.read(scan)
	a.part("versions", func() (string, error) {
		if err == nil && scan.Taken != nil {
			if err := a.current(ctx, scan); err != nil {
				return "", err
			}
		}
		if err != nil {
			return "", err
		}
		return t.result.Summary(), nil
	})
	if err != nil {
		return
	}
	a.judge(ctx, t)
}

// current returns an error unless an inventory is new enough, and its configuration
// lists all keys: a report doesn't say so itself.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
func (a *auditor) current(ctx context.Context, scan *inspect.Scan) error {
	if age := a.now.Sub(*scan.Taken); age > staleInventory {
		return fmt.Errorf("the inventory is %s old, and one of each week at most %d: "+
			"what has changed since isn't known", counted(int64(age.Hours()/24), "day"), int(staleInventory.Hours()/24))
	}
	parts := strings.Split(scan.Inventory, "/")
	if len(parts) < 4 || parts[len(parts)-4] != a.Bucket {
		return fmt.Errorf("the inventory %s doesn't lie below %s/CONFIGURATION/ as S3 writes it: whether it has all keys "+
			"isn't known", scan.Inventory, a.Bucket)
	}
	id := parts[len(parts)-3]
	all, err := a.bucket.Inventories(ctx)
	if err != nil {
		return fmt.Errorf("whether the inventory has all keys isn't known: %s", inspect.Why(err))
	}
	i := slices.IndexFunc(all, func(c types.InventoryConfiguration) bool { return aws.ToString(c.Id) == id })
	if i < 0 {
		return fmt.Errorf("the bucket has no inventory %q: whether the report has all keys isn't known", id)
	}
	if f := all[i].Filter; f != nil && aws.ToString(f.Prefix) != "" {
		return fmt.Errorf("the inventory %q only lists keys below %s", id, aws.ToString(f.Prefix))
	}
	return nil
}
