package dataset

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"

	"datalock/dataset/internal/store"
)

// find collects the versions without a lock: it lists the versions, or takes those
// of an inventory, and reads the lock of each unless the inventory shows one.
func (f *backfiller) find(ctx context.Context) error {
	f.meter.begin(StepHead, 0, 0)
	f.done.Versions = 0
	all := f.inventoried(ctx)
	if f.o.Listed == nil {
		all = f.listed(ctx)
	}
	var mu sync.Mutex
	return each(ctx, f.o.Jobs, all, func(ctx context.Context, v ListedVersion) error {
		var err error
		if lock := v.lock(); !f.active(lock) {
			lock, err = f.lockOf(ctx, v.Key, v.VersionID)
			v.Mode, v.Until, v.EventHold = lock.Mode, lock.Until, lock.EventHold
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case store.NotFound(err):
			f.done.Gone++
		case err != nil:
			return err
		default:
			if err := f.add(v); err != nil {
				return err
			}
		}
		f.meter.files.Add(1)
		return nil
	})
}

// inventoried returns the versions of an inventory below the prefix, and counts the
// delete markers.
func (f *backfiller) inventoried(ctx context.Context) iter.Seq2[ListedVersion, error] {
	return func(yield func(ListedVersion, error) bool) {
		for v, err := range f.o.Listed {
			switch {
			case err == nil && ctx.Err() != nil:
				err = context.Cause(ctx)
			case err == nil && !strings.HasPrefix(v.Key, f.done.Prefix):
				continue
			case err == nil && v.Marker:
				f.done.Markers++
				continue
			case err == nil && v.VersionID == "":
				err = fmt.Errorf("%s has no version id: the list must have all versions", f.url(v.Key))
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// listed lists the versions below the prefix, and counts the delete markers.
func (f *backfiller) listed(ctx context.Context) iter.Seq2[ListedVersion, error] {
	return func(yield func(ListedVersion, error) bool) {
		for v, err := range f.store.Versions(ctx, f.done.Prefix) {
			if err != nil {
				yield(ListedVersion{}, explain(err))
				return
			}
			if v.Marker {
				f.done.Markers++
				continue
			}
			if !yield(ListedVersion{Key: v.Key, VersionID: v.VersionID, Size: v.Size, Newest: v.Newest}, nil) {
				return
			}
		}
	}
}

// lockOf returns the lock of a version. If the caller may not read it, that is an
// error: the run could overwrite a lock that it doesn't see.
func (f *backfiller) lockOf(ctx context.Context, key, version string) (store.Lock, error) {
	var o store.Object
	err := f.store.Limiter.Do(ctx, func() (err error) {
		if o, err = f.store.Head(ctx, key, version); err == nil && o.Lock.Mode == "" && !o.Lock.EventHold {
			o.Lock, err = f.store.Retention(ctx, key, version)
		}
		return err
	})
	if ctx.Err() != nil {
		return store.Lock{}, context.Cause(ctx)
	}
	if err != nil && !store.NotFound(err) {
		return store.Lock{}, fmt.Errorf("read the lock of %s, version %s: %w", f.url(key), version, explain(err))
	}
	return o.Lock, err
}

// versions returns the versions without a lock, sorted.
func (f *backfiller) versions() iter.Seq2[lockable, error] {
	return func(yield func(lockable, error) bool) {
		for record, err := range f.todo.Sorted() {
			// A key may have a zero byte, a version's id has none.
			at := max(bytes.LastIndexByte(record, 0), 0)
			key, version := string(record[:at]), string(bytes.TrimPrefix(record[at:], []byte{0}))
			if !yield(lockable{key, version, f.o.Mode}, err) || err != nil {
				return
			}
		}
	}
}
