package audit

import (
	"context"

	"datalock/internal/inspect"
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
