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

// existing returns the end of the retention of a version that was created at a time, and
// when its lock may end at least. The user's days count from now, the bucket's default
// from the upload, as in S3.
func (r retention) existing(created, now time.Time) (least, until time.Time) {
	if r.named {
		created = now
	}
	until = r.end(created)
	if !r.until.IsZero() {
		return until, until
	}
	return until.Add(-slack), until
}

// read describes a version, with its lock.
func (p *publisher) read(ctx context.Context, key, version string) (store.Object, error) {
	o, err := p.store.Head(ctx, key, version)
	if err != nil {
		return o, fmt.Errorf("read %s: %w", p.at.url(key), err)
	}
	if o.Lock.Mode == "" && !o.Lock.EventHold {
		if o.Lock, err = p.store.Retention(ctx, key, o.VersionID); err != nil {
			return o, fmt.Errorf("read the lock of %s: %w", p.at.url(key), err)
		}
	}
	return o, nil
}

// usable returns an error if the lock of a version keeps it from being part of the
// dataset. One that ends too soon, or has ended, can be lengthened.
func (p *publisher) usable(o store.Object) error {
	url, now := p.at.url(o.Key), p.now()
	_, until := p.retention.existing(o.Modified, now)
	switch {
	case o.Lock.EventHold:
		return fmt.Errorf("%s: %w", url, errEventHold)
	case o.Lock.Mode == "":
		return fmt.Errorf("%s: already exists but isn't locked; publish under another prefix", url)
	case !o.Lock.Until.After(now) && !until.After(now):
		return fmt.Errorf("%s: already exists, and its lock ended at %s; set a number of days or a date, "+
			"or publish under another prefix", url, o.Lock.Until.Format(time.RFC3339))
	case o.Lock.Mode != p.retention.mode:
		fix := "publish under another prefix"
		if weaker(p.retention.mode, o.Lock.Mode) {
			fix += ", or set the default to " + o.Lock.Mode
		}
		return fmt.Errorf("%s: already exists and is locked in %s mode until %s, but the bucket's default is %s; %s",
			url, o.Lock.Mode, o.Lock.Until.Format(time.RFC3339), p.retention.mode, fix)
	}
	return nil
}

// hold lengthens the lock of an existing version to a date if it has ended or ends before
// least: an earlier run may have asked for less than this one, or the bucket's default was
// shorter. It never shortens one.
func (p *publisher) hold(ctx context.Context, o *store.Object, least, until time.Time) error {
	if !o.Lock.Until.Before(least) && o.Lock.Until.After(p.now()) {
		return nil
	}
	lock := store.Lock{Mode: o.Lock.Mode, Until: until}
	url := p.at.url(o.Key)
	err := p.store.SetRetention(ctx, o.Key, o.VersionID, lock)
	if end := p.retention.end(p.now()); store.Denied(err) && end.After(until) {
		// The bucket policy can require as many days from now.
		lock.Until = end
		err = p.store.SetRetention(ctx, o.Key, o.VersionID, lock)
	}
	if err != nil {
		return fmt.Errorf("%s: already exists, and its lock, until %s, couldn't be lengthened to %s: %w; "+
			"allow s3:PutObjectRetention, or publish under another prefix",
			url, o.Lock.Until.Format(time.RFC3339), lock.Until.Format(time.RFC3339), err)
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
	o, err := p.read(ctx, key, id)
	if err == nil {
		err = p.usable(o)
	}
	if err != nil {
		return err
	}
	return p.hold(ctx, &o, least, least)
}

// countContinued counts the upload of an earlier run, with its lock.
func (p *publisher) countContinued(until time.Time) {
	r := &p.results
	r.mu.Lock()
	defer r.mu.Unlock()
	r.continued++
	if p.longer(until) {
		r.longer++
		r.longest = later(r.longest, until)
	}
}

// longer reports whether a lock ends later than that of a file uploaded now. S3's time is
// known to the second.
func (p *publisher) longer(until time.Time) bool {
	return until.After(p.retention.end(p.now()).Add(beyond))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// noteLocks tells the user about lengthened locks, and about longer ones than the plan
// said.
func (p *publisher) noteLocks() {
	if n := p.results.longer; n > 0 {
		p.o.Note(fmt.Sprintf("%s that an earlier run began asked for a longer lock, until %s at most",
			plural(int(n), "upload"), p.results.longest.Format(time.RFC3339)))
	}
	if n := p.results.lengthened.Load(); n > 0 {
		p.o.Note(fmt.Sprintf("%s ended too soon: lengthened to what this run asks for",
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
	if renewed == nil {
		return r.Earliest, r.Latest
	}
	return later(r.Earliest, *renewed), later(r.Latest, *renewed)
}
