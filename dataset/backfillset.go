package dataset

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"datalock/dataset/internal/batch"
	"datalock/dataset/internal/store"

	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

// byHand sets the locks one by one, without jobs.
func (f *backfiller) byHand(ctx context.Context) error {
	f.meter.begin(StepLock, f.done.Versions, 0)
	var mu sync.Mutex
	err := each(ctx, f.o.Jobs, f.versions(), func(ctx context.Context, l lockable) error {
		err := f.set(ctx, l)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			f.done.Set++
		case store.NotFound(err):
			f.done.Missing++
		case errors.Is(err, errLockedBy):
			f.done.Refused++
		default:
			return err
		}
		f.meter.files.Add(1)
		return nil
	})
	f.done.Left = f.done.Versions - f.done.Set - f.done.Missing - f.done.Refused
	if err != nil {
		return fmt.Errorf("%w; %d of %d versions were locked: run it again to go on", err, f.done.Set, f.done.Versions)
	}
	return nil
}

// errLockedBy means that a version got a lock in the meantime.
var errLockedBy = errors.New("locked in the meantime")

func (f *backfiller) set(ctx context.Context, l lockable) error {
	// A lock in COMPLIANCE mode that somebody has set since would be lengthened.
	lock, err := f.lockOf(ctx, l.Key, l.VersionID)
	switch {
	case err != nil:
		return err
	case f.active(lock):
		return errLockedBy
	}
	err = f.store.Limiter.Do(ctx, func() error {
		return f.store.SetRetention(ctx, l.Key, l.VersionID, store.Lock{Mode: l.Mode, Until: f.done.Until})
	})
	switch {
	case err == nil || store.NotFound(err):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case store.Denied(err):
		if lock, lockErr := f.lockOf(ctx, l.Key, l.VersionID); lockErr == nil && f.active(lock) {
			return errLockedBy
		}
		err = fmt.Errorf("%w (s3:PutObjectRetention, or the bucket policy)", err)
	}
	return fmt.Errorf("lock %s, version %s, until %s: %w",
		f.url(l.Key), l.VersionID, f.done.Until.Format("2006-01-02T15:04:05Z"), err)
}

// describe returns the start of a job's description.
func (f *backfiller) describe() string {
	of := batch.Token(f.store.Bucket, f.done.Prefix, f.o.Mode, f.done.Until.Format(time.RFC3339))
	return "datalock backfill " + of[:16] + " of "
}

// earlier follows the confirmed jobs of an earlier run that haven't ended, and
// reports whether there were any. Others are of no use: find shows what they left.
func (f *backfiller) earlier(ctx context.Context) (bool, error) {
	found, err := f.service.Find(ctx, f.describe())
	if err != nil {
		return false, fmt.Errorf("%w: %w", errBatch, err)
	}
	var jobs []BatchJob
	for _, one := range found {
		if one.Ended() || one.Unconfirmed() {
			continue
		}
		j, err := f.service.Describe(ctx, batch.Job{ID: one.ID})
		if err != nil {
			return false, fmt.Errorf("%w: %w", errBatch, err)
		}
		job := BatchJob{Mode: f.o.Mode, Versions: j.Total}
		job.set(j)
		jobs = append(jobs, job)
	}
	if len(jobs) == 0 {
		return false, nil
	}
	err = f.follow(ctx, jobs)
	f.done.Jobs, f.done.Failures = jobs, nil
	return true, err
}

// byJobs creates jobs for the versions without a lock.
func (f *backfiller) byJobs(ctx context.Context) error {
	if first, enough := f.b.room(f.done.Until, f.floor, f.done.Versions, f.now()); !enough {
		return fmt.Errorf("retain until %s: the bucket policy requires %d days when each task runs, and the jobs "+
			"may take %s; set %s or later; no job was created", f.done.Until.Format(time.RFC3339), f.floor,
			daysText(f.b.longestJob(f.done.Versions)), first.Format(time.DateOnly))
	}
	f.meter.begin(StepRows, f.done.Versions, 0)
	rows := sha256.New()
	for record, err := range f.todo.Sorted() {
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(rows, "%q\n", record)
	}
	token := batch.Token(f.describe(), f.b.Role, f.b.Evidence, fmt.Sprintf("%x", rows.Sum(nil)))
	folder := fmt.Sprintf("%s/backfill-%s", f.store.Bucket, token[:16])
	w := f.service.Write(ctx, f.store.Bucket, func(n int) string {
		return fmt.Sprintf("%s%s/%05d.csv", batch.Manifests, folder, n)
	})
	for l, err := range f.versions() {
		if err == nil {
			err = w.Add(l.Key, l.VersionID)
		}
		if err != nil {
			return fmt.Errorf("write the manifests of jobs: %w", err)
		}
		f.meter.files.Add(1)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("write the manifests of jobs: %w", err)
	}
	operation := &types.JobOperation{S3PutObjectRetention: &types.S3SetObjectRetentionOperation{
		Retention: &types.S3Retention{Mode: types.S3ObjectLockRetentionMode(f.o.Mode), RetainUntilDate: &f.done.Until},
	}}
	var jobs []BatchJob
	for n, m := range w.Manifests {
		// These versions have no lock, so a complete job for them didn't lock them.
		j, err := createJob(ctx, f.service, m, batch.Token(token, n), f.describe()+f.url(f.done.Prefix),
			batch.Reports+folder, operation, func(batch.Job) bool { return true })
		if err != nil {
			return errors.Join(err, cancelWaiting(ctx, f.service, jobs))
		}
		j.Mode = f.o.Mode
		jobs = append(jobs, j)
	}
	return f.runJobs(ctx, jobs)
}

// runJobs starts the jobs that wait for confirmation, and follows them.
func (f *backfiller) runJobs(ctx context.Context, jobs []BatchJob) error {
	before := f.done.Set
	defer func() { f.done.Jobs = append(f.done.Jobs, jobs...) }()
	f.done.Left = f.done.Versions
	if waiting(jobs) {
		if f.o.Confirm != nil {
			plan := f.done.BackfillPlan
			plan.Jobs = jobs
			if err := f.o.Confirm(plan); err != nil {
				return errors.Join(err, cancelWaiting(ctx, f.service, jobs))
			}
		}
		if err := startWaiting(ctx, f.service, jobs); err != nil {
			return err
		}
	}
	if err := f.follow(ctx, jobs); err != nil || f.done.Started {
		return err
	}
	if f.done.Left = f.done.Versions - (f.done.Set - before); f.done.Left > 0 {
		return fmt.Errorf("%w: %s left; run it again", ErrNotLocked, plural(int(f.done.Left), "version"))
	}
	return nil
}

// follow follows jobs, if Wait says so, and reads their reports.
func (f *backfiller) follow(ctx context.Context, jobs []BatchJob) error {
	if !f.b.Wait {
		f.done.Started = true
		return nil
	}
	if err := follow(ctx, f.service, jobs, f.meter); err != nil {
		return err
	}
	var why causes
	f.meter.begin(StepReport, f.done.Versions, 0)
	for _, j := range jobs {
		if j.Succeeded+j.Failed == 0 {
			continue
		}
		err := f.service.Report(ctx, j.job, func(row batch.Row) error {
			f.meter.files.Add(1)
			if !row.Succeeded {
				why.add(row)
				return nil
			}
			f.done.Set++
			return nil
		})
		if err != nil {
			return fmt.Errorf("%w: %w", errBatch, err)
		}
	}
	f.done.Failures = why
	return nil
}

// ErrNotLocked means that some versions weren't locked.
var ErrNotLocked = errors.New("not everything was locked")
