package dataset

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// A lockable is a version of a dataset, with the mode that it was published in.
type lockable struct {
	Key       string `json:"key"`
	VersionID string `json:"versionId"`
	Mode      string `json:"mode"`
}

// look reads the lock of each version, and lists those to lengthen in a
// temporary file.
func (r *renewer) look(ctx context.Context, all iter.Seq2[lockable, error], total int64) error {
	var err error
	if r.todo, err = spill.TempFile(); err != nil {
		return err
	}
	out := bufio.NewWriterSize(r.todo, 64<<10)
	r.firstEnd = latestPossible
	r.meter.begin(StepHead, total, 0)
	var mu sync.Mutex
	err = r.each(ctx, all, func(ctx context.Context, l lockable) error {
		o, err := r.lockOf(ctx, l)
		if err != nil || o == nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		return r.count(l, *o, out)
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write to a temporary file: %w", err)
	}
	r.plan.NextEnd = r.result.NextEnd
	return nil
}

// lockables returns all versions of a dataset.
func lockables(d *opened, own []lockable) iter.Seq2[lockable, error] {
	return func(yield func(lockable, error) bool) {
		for _, l := range own {
			if !yield(l, nil) {
				return
			}
		}
		for e, err := range d.entries() {
			l := lockable{d.dataset().Prefix + "/" + e.Name, e.VersionID(), e.Annotations.Mode}
			if !yield(l, err) {
				return
			}
		}
	}
}

// each calls work for all versions, in parallel.
func (r *renewer) each(
	ctx context.Context,
	all iter.Seq2[lockable, error],
	work func(context.Context, lockable) error,
) error {
	return each(ctx, r.verifier.o.Jobs, all, func(ctx context.Context, l lockable) error {
		if err := r.store.Limiter.Do(ctx, func() error { return work(ctx, l) }); err != nil {
			return err
		}
		r.meter.files.Add(1)
		return nil
	})
}

// lockOf returns a version with its lock, or nil if it is missing. If the
// caller may not read the lock, that is an error: the plan would be incomplete.
func (r *renewer) lockOf(ctx context.Context, l lockable) (*store.Object, error) {
	url := r.at.url(l.Key)
	o, err := r.head(ctx, l.Key, l.VersionID)
	if store.NotFound(err) {
		r.findf(Missing, url, "version %s doesn't exist", l.VersionID)
		return nil, nil
	}
	if err == nil && o.Lock.Mode == "" && !o.Lock.EventHold {
		o.Lock, err = r.store.Retention(ctx, l.Key, l.VersionID)
	}
	if store.Denied(err) {
		return nil, fmt.Errorf("read the lock of %s, version %s: %w; "+
			"`datalock role-policy --phase renew` prints the required policy", url, l.VersionID, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the lock of %s, version %s: %w", url, l.VersionID, explain(err))
	}
	return &o, nil
}

// count adds a version to the plan.
func (r *renewer) count(l lockable, o store.Object, out *bufio.Writer) error {
	lock, now := o.Lock, r.now()
	if lock.EventHold {
		r.hold(l)
		return nil
	}
	if !isRenewal(strings.TrimPrefix(l.Key, r.at.meta(""))) && lock.Until.Before(r.firstEnd) {
		r.firstEnd = lock.Until
	}
	active := lock.Mode != "" && lock.Until.After(now)
	if active {
		if weaker(lock.Mode, l.Mode) {
			r.findf(WeakerMode, r.at.url(l.Key), "version %s is in %s mode, not %s", l.VersionID, lock.Mode, l.Mode)
		}
		// The mode of an active lock can't be changed without permission to
		// bypass it.
		l.Mode = lock.Mode
	} else {
		l.Mode = stronger(lock.Mode, l.Mode)
	}
	if active && !lock.Until.Before(r.plan.Until) {
		r.plan.Kept++
		return nil
	}
	from := lock.Until
	switch {
	case lock.Mode == "":
		r.findf(Unlocked, r.at.url(l.Key), "version %s had no retention; verify it again", l.VersionID)
		from = now
	case !active:
		r.findf(Unlocked, r.at.url(l.Key),
			"the retention of version %s ended at %s, and the version has been unprotected since; verify it again",
			l.VersionID, lock.Until.Format(time.RFC3339))
		from = now
	default:
		r.ends(l.Key, lock.Until)
	}
	r.plan.Versions++
	r.plan.Bytes += o.Size
	r.plan.AddedByteDays += float64(o.Size) * max(0, r.plan.Until.Sub(from).Hours()/24)
	if l.Mode == "COMPLIANCE" {
		r.plan.Compliance++
	}
	line, err := json.Marshal(l)
	if err == nil {
		_, err = out.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write to a temporary file: %w", err)
	}
	return nil
}

// hold counts a version under an event hold. A retention could end the hold, which
// somebody has set for a reason.
func (r *renewer) hold(l lockable) {
	r.findf(EventHold, r.at.url(l.Key), "version %s is under an event hold, so its retention has no end yet; "+
		"it was left as it is", l.VersionID)
	r.plan.Held++
	if len(r.held) < manifest.MaxHeld {
		r.held = append(r.held, manifest.URI(r.at.Bucket, l.Key, l.VersionID))
	}
}

// stronger returns the mode that protects more; "" means no protection.
func stronger(a, b string) string {
	if a == "" || weaker(a, b) {
		return b
	}
	return a
}
