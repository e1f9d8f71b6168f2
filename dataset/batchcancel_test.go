package dataset_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

// interrupts returns a context, and a confirmation that ends it, as Ctrl-C at the
// prompt does.
func interrupts(t *testing.T) (context.Context, func() error) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	return ctx, func() error {
		cancel(errors.New("interrupted"))
		return context.Cause(ctx)
	}
}

// killed has a run end at its prompt without cancelling its jobs.
func killed(run func(confirm func())) {
	defer func() { _ = recover() }()
	run(func() { panic("killed") })
}

// TestBatchInterrupted: jobs that nobody confirmed are cancelled at Ctrl-C too.
func TestBatchInterrupted(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	l.adopted(t)
	set, b := at(t, "s3://data/set"), l.options()
	for n, run := range []func(ctx context.Context, stop func() error) error{
		func(ctx context.Context, stop func() error) error {
			b.Confirm = func(dataset.BatchPlan) error { return stop() }
			_, err := dataset.RenewBatch(ctx, l.Client, set, dataset.RenewOptions{Days: 10}, b)
			return err
		},
		func(ctx context.Context, stop func() error) error {
			_, err := dataset.VerifyAtRest(ctx, l.Client, set, dataset.VerifyOptions{}, b)
			return err
		},
		func(ctx context.Context, stop func() error) error {
			o := dataset.BackfillOptions{Days: 1, Mode: "GOVERNANCE"}
			o.Confirm = func(dataset.BackfillPlan) error { return stop() }
			_, err := dataset.Backfill(ctx, l.Client, "old", "raw", o, &b)
			return err
		},
	} {
		ctx, stop := interrupts(t)
		if err := run(ctx, stop); err == nil || strings.Contains(err.Error(), "cancelled") {
			t.Errorf("run %d: %v", n, err)
		}
		if all := l.jobs(t); len(all) != 1 || all[types.JobStatusCancelled] != n+1 {
			t.Errorf("run %d left the jobs %v", n, all)
		}
	}
}

// TestRenewBatchUnconfirmed: a schedule neither starts jobs that nobody confirmed,
// nor goes on to a later date than its own.
func TestRenewBatchUnconfirmed(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	set, due := at(t, "s3://data/set"), l.options()
	due.TakeUpDays = 5
	far := dataset.RenewOptions{Until: time.Now().UTC().AddDate(10, 0, 0).Truncate(24 * time.Hour)}
	b := l.options()
	b.Wait = false
	killed(func(confirm func()) {
		b.Confirm = func(dataset.BatchPlan) error { confirm(); return nil }
		_, _ = dataset.RenewBatch(t.Context(), l.Client, set, far, b)
	})
	_, err := dataset.RenewBatch(t.Context(), l.Client, set, dataset.RenewOptions{Days: 10}, due)
	if err == nil || !strings.Contains(err.Error(), "waits for confirmation: confirm it with the date "+
		far.Until.Format(time.RFC3339)) || l.jobs(t)[types.JobStatusSuspended] != 1 {
		t.Errorf("beside a job without confirmation: %v, jobs %v", err, l.jobs(t))
	}
	b.Confirm = nil
	l.renewBatch(t, far, b)
	for l.jobs(t)[types.JobStatusComplete] == 0 {
		time.Sleep(20 * time.Millisecond)
	}
	r := l.renewBatch(t, dataset.RenewOptions{Days: 10}, due)
	if r.Until.After(time.Now().AddDate(0, 0, 11)) || r.Left != 0 || r.Record == "" {
		t.Errorf("after jobs for a later date: %+v", r)
	}
	for key, end := range l.ends(t, ".datalock/") {
		if end.After(time.Now().AddDate(0, 0, 11)) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
}
