package dataset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// slack is how much sooner than asked the lock of an existing version may end:
// its date was set before the upload, which may take a while.
const slack = time.Hour

// least returns when the lock of a version may end that was created at a time. The
// user's days count from now, the bucket's default from the upload, as in S3.
func (r retention) least(created, now time.Time) time.Time {
	switch {
	case !r.until.IsZero():
		return r.until
	case r.named:
		created = now
	}
	return created.AddDate(0, 0, r.days).Add(-slack).UTC()
}

// hold lengthens the lock of an existing version if it ends before a date. It
// never shortens one: an earlier run may have asked for less than this one, or
// the bucket's default was shorter.
func (p *publisher) hold(ctx context.Context, o *store.Object, least time.Time) error {
	if !o.Lock.Until.Before(least) {
		return nil
	}
	lock := store.Lock{Mode: o.Lock.Mode, Until: least}
	if end := p.retention.end(p.now()); end.After(least) {
		lock.Until = end
	}
	url := p.at.url(o.Key)
	if err := p.store.SetRetention(ctx, o.Key, o.VersionID, lock); err != nil {
		return fmt.Errorf("%s: already exists and is locked until %s, before %s, and its lock couldn't be lengthened: %w; "+
			"allow s3:PutObjectRetention, or publish under another prefix",
			url, o.Lock.Until.Format(time.RFC3339), least.Format(time.RFC3339), err)
	}
	seen, err := p.store.Retention(ctx, o.Key, o.VersionID)
	if err != nil {
		return fmt.Errorf("read the lock of %s: %w", url, err)
	}
	if seen.Until.Before(lock.Until) || weaker(seen.Mode, lock.Mode) {
		return fmt.Errorf("%s: S3 accepted a lock until %s, but it is locked until %s",
			url, lock.Until.Format(time.RFC3339), seen.Until.Format(time.RFC3339))
	}
	p.results.lengthened.Add(1)
	o.Lock = seen
	return nil
}

// errEventHold is why a version isn't part of a dataset: its entry has the end of its
// lock, and setting one could end the hold.
var errEventHold = errors.New("is under an event hold, so its retention has no end yet; " +
	"release the hold, or publish under another prefix")

// holdMeta lengthens the lock of an existing file that describes the dataset.
func (p *publisher) holdMeta(ctx context.Context, name string, least time.Time) error {
	key := p.at.meta(name)
	id, _ := oldestOf(p.meta[name])
	o, err := p.store.Head(ctx, key, id)
	if err == nil && o.Lock.Mode == "" && !o.Lock.EventHold {
		o.Lock, err = p.store.Retention(ctx, key, o.VersionID)
	}
	if err != nil {
		return fmt.Errorf("read the lock of %s: %w", p.at.url(key), err)
	}
	switch {
	case o.Lock.EventHold:
		return fmt.Errorf("%s: %w", p.at.url(key), errEventHold)
	case o.Lock.Mode == "":
		return fmt.Errorf("%s: already exists but isn't locked; publish under another prefix", p.at.url(key))
	}
	return p.hold(ctx, &o, least)
}

// noteLengthened tells the user about lengthened locks.
func (p *publisher) noteLengthened() {
	if n := p.results.lengthened.Load(); n > 0 {
		p.o.Note(fmt.Sprintf("%s that the bucket already had ended too soon: lengthened to what this run asks for",
			plural(int(n), "lock")))
	}
}

// longEnough returns an error if the locks of a published dataset end before what the
// user asks for. The same days may be asked for again within a day.
func (p *publisher) longEnough(ends time.Time) error {
	least := p.retention.end(p.now())
	if p.retention.until.IsZero() {
		least = least.Add(-day)
	}
	if !p.retention.named || !ends.Before(least) {
		return nil
	}
	return fmt.Errorf("%s is already published, and locked only until %s, before %s; "+
		"lengthen its locks with datalock renew %s --until %s", p.at, ends.Format(time.RFC3339),
		least.Format(time.RFC3339), p.at, p.retention.end(p.now()).Add(day).Format(time.DateOnly))
}

// endOf returns the end of the first lock of a dataset, with its renewals, and
// the date that its own files must reach.
func endOf(r manifest.Retention, renewed *time.Time) (first, own time.Time) {
	first, own = r.Earliest, r.Latest
	if renewed != nil && renewed.After(first) {
		first = *renewed
	}
	if renewed != nil && renewed.After(own) {
		own = *renewed
	}
	return first, own
}
