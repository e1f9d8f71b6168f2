package dataset

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"datalock/dataset/internal/batch"
	"datalock/dataset/internal/spill"

	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

// failedTasks are the versions whose task failed, in a temporary file.
type failedTasks struct {
	file  *spill.File
	out   *bufio.Writer
	count int64
}

func newFailedTasks() (*failedTasks, error) {
	file, err := spill.TempFile()
	if err != nil {
		return nil, err
	}
	return &failedTasks{file: file, out: bufio.NewWriter(file)}, nil
}

func (f *failedTasks) close() { f.file.Close() }

func (f *failedTasks) add(l lockable) error {
	line, err := json.Marshal(l)
	if err == nil {
		_, err = f.out.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write to a temporary file: %w", err)
	}
	f.count++
	return nil
}

func (f *failedTasks) all() (iter.Seq2[lockable, error], error) {
	if err := f.out.Flush(); err != nil {
		return nil, fmt.Errorf("write to a temporary file: %w", err)
	}
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read a temporary file: %w", err)
	}
	return lines(f.file), nil
}

// conclude reads the reports, does failed tasks one by one, and writes the record
// of what is locked, unless that is according to an earlier record.
func (r *batchRenewer) conclude(ctx context.Context) error {
	succeeded, err := r.reports(ctx)
	if err != nil {
		return err
	}
	r.renewed.Lengthened = succeeded
	locked := succeeded + r.plan.Kept
	// Versions without a task that succeeded are left, whether it was tried or not.
	r.renewed.Left = r.plan.Versions - succeeded
	handErr := r.failures(ctx, &locked)
	if handErr == nil && r.renewed.Left == 0 {
		// The record covers the files that describe the dataset too, and names what is
		// under an event hold.
		own := slices.Concat(r.own, r.heldFiles)
		var done handDone
		done, handErr = r.byHand(ctx, func(yield func(lockable, error) bool) {
			for _, l := range own {
				if !yield(l, nil) {
					return
				}
			}
		}, int64(len(own)))
		locked += done.locked
		r.renewed.Left = done.left
		r.plan.Versions += done.lengthened
		r.plan.Kept += done.locked - done.lengthened
		r.renewed.Lengthened += done.lengthened
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if locked > 0 && r.plan.RecordLock != nil {
		if err := r.record(ctx, locked); err != nil {
			return err
		}
	}
	return r.left(handErr)
}

// left returns an error if not everything was renewed, with the reasons.
func (r *batchRenewer) left(handErr error) error {
	var why []error
	for _, j := range r.renewed.Jobs {
		if j.job.Status != types.JobStatusComplete {
			why = append(why, fmt.Errorf("job %s is %s: %s", j.ID, j.Status, j.Why))
		}
	}
	if handErr != nil {
		why = append(why, handErr)
	}
	switch {
	case r.renewed.Left > 0:
		return errors.Join(append([]error{fmt.Errorf("%w: %s left; run it again", ErrLeft,
			plural(int(r.renewed.Left), "version"))}, why...)...)
	case handErr != nil:
		return handErr
	}
	return nil
}

// reports reads the jobs' reports, and returns the number of tasks that succeeded.
func (r *batchRenewer) reports(ctx context.Context) (succeeded int64, err error) {
	if r.failed, err = newFailedTasks(); err != nil {
		return 0, err
	}
	var why causes
	r.meter.begin(StepReport, r.plan.Versions, 0)
	for _, j := range r.renewed.Jobs {
		if j.Succeeded+j.Failed == 0 {
			continue
		}
		err := r.service.Report(ctx, j.job, func(row batch.Row) error {
			r.meter.files.Add(1)
			switch {
			case row.Bucket != r.at.Bucket:
				return fmt.Errorf("a task is for another bucket, %s", row.Bucket)
			case row.Succeeded:
				succeeded++
				return nil
			}
			why.add(row)
			return r.failed.add(lockable{row.Key, row.VersionID, j.Mode})
		})
		if err != nil {
			return 0, fmt.Errorf("%w: %w", errBatch, err)
		}
	}
	r.renewed.Failures = why
	return succeeded, nil
}

// failures does the failed tasks one by one, if they are few and ByHand allows it.
func (r *batchRenewer) failures(ctx context.Context, locked *int64) error {
	if r.failed.count == 0 || r.failed.count > r.b.byHandMost() || r.failed.count < r.renewed.Left {
		return nil
	}
	if r.b.ByHand != nil {
		if r.b.ByHand(r.renewed.Failures) != nil {
			return nil
		}
	}
	all, err := r.failed.all()
	if err != nil {
		return err
	}
	done, err := r.byHand(ctx, all, r.failed.count)
	*locked += done.locked
	r.renewed.Lengthened += done.lengthened
	r.renewed.Left = done.left
	return err
}

// handDone counts what was done one by one: versions locked until the date, those
// of them lengthened now, and versions left. Missing versions aren't counted.
type handDone struct{ locked, lengthened, left int64 }

// byHand lengthens the locks of versions one by one, as [Renew] does.
func (r *batchRenewer) byHand(ctx context.Context, all iter.Seq2[lockable, error], total int64) (handDone, error) {
	hand := &renewer{
		o: r.o, verifier: r.verifier, settings: r.settings, plan: RenewPlan{Location: r.at, Until: r.plan.Until},
	}
	defer func() {
		if hand.todo != nil {
			hand.todo.Close()
		}
	}()
	before := r.missing()
	if err := hand.look(ctx, all, total); err != nil {
		return handDone{left: total}, err
	}
	err := hand.lengthen(ctx)
	done := handDone{lengthened: hand.renewed.Lengthened}
	done.locked = hand.plan.Kept + done.lengthened
	done.left = total - done.locked - hand.plan.Held - (r.missing() - before)
	r.plan.Held += hand.plan.Held
	r.held = append(r.held, hand.held...)
	if err != nil {
		return done, err
	}
	// A longer lock that was set in the meantime counts as locked.
	done.locked, done.left = done.locked+done.left, 0
	return done, nil
}

// missing returns the number of missing versions so far.
func (r *batchRenewer) missing() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(r.result.Counts[Missing])
}
