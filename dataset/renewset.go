package dataset

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync/atomic"

	"datalock/dataset/internal/store"
)

// lengthen lengthens the lock of each listed version.
func (r *renewer) lengthen(ctx context.Context) error {
	if _, err := r.todo.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read a temporary file: %w", err)
	}
	r.meter.begin(StepLock, r.plan.Versions, 0)
	var lengthened atomic.Int64
	err := r.each(ctx, lines(r.todo), func(ctx context.Context, l lockable) error {
		done, err := r.lock(ctx, l)
		if done {
			lengthened.Add(1)
		}
		return err
	})
	r.renewed.Lengthened = lengthened.Load()
	return err
}

// lock lengthens one lock. S3 refuses to shorten a lock in COMPLIANCE mode, so
// a longer lock set in the meantime stays.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
func (r *renewer) lock(ctx context.Context, l lockable) (bool, error) {
	err := r.store.SetRetention(ctx, l.Key, l.VersionID, store.Lock{Mode: l.Mode, Until: r.plan.Until})
	switch {
	case err == nil:
		return true, nil
	case store.NotFound(err):
		r.findf(Missing, r.at.url(l.Key), "version %s doesn't exist", l.VersionID)
		return false, nil
	case store.Denied(err):
		o, headErr := r.store.Head(ctx, l.Key, l.VersionID)
		if headErr == nil && o.Lock.Mode != "" && !o.Lock.Until.Before(r.plan.Until) {
			return false, nil
		}
		err = fmt.Errorf("%w (s3:PutObjectRetention)", err)
	}
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	return false, fmt.Errorf("lock %s, version %s, until %s: %w",
		r.at.url(l.Key), l.VersionID, r.plan.Until.Format("2006-01-02T15:04:05Z"), err)
}

// lines reads the versions that look listed.
func lines(in io.Reader) iter.Seq2[lockable, error] {
	return func(yield func(lockable, error) bool) {
		decoder := json.NewDecoder(bufio.NewReaderSize(in, 64<<10))
		for {
			var l lockable
			err := decoder.Decode(&l)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				err = fmt.Errorf("read a temporary file: %w", err)
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}
