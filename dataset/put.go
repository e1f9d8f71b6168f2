package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// put creates the object of a small file and returns its version with its lock.
func (p *publisher) put(ctx context.Context, key string, body []byte, sum [32]byte) (store.Object, error) {
	return p.create(ctx, store.Put{Key: key, Body: bytes.NewReader(body), Size: int64(len(body)), SHA256: sum})
}

// create creates an object in one PUT, with the run's retention unless the
// request names one. S3's answer doesn't include the lock. If the request named
// a lock, it is read back once per run; otherwise it is read each time.
func (p *publisher) create(ctx context.Context, put store.Put) (o store.Object, err error) {
	err = p.store.Limiter.Do(ctx, func() (err error) {
		o, err = p.tryCreate(ctx, put, p.now())
		return err
	})
	return o, err
}

func (p *publisher) tryCreate(ctx context.Context, put store.Put, began time.Time) (store.Object, error) {
	if put.Lock == nil {
		put.Lock = p.lock()
	} else if p.results.plain.Load() {
		put.Lock = nil
	}
	o, err := p.store.Put(ctx, put)
	if store.Denied(err) && put.Lock != nil && p.mayBePlain() {
		if _, err := put.Body.Seek(0, io.SeekStart); err != nil {
			return o, err
		}
		put.Lock = nil
		if o, err = p.store.Put(ctx, put); err == nil {
			p.goPlain()
		}
	}
	if err != nil || put.Lock != nil && p.results.readBack.Load() {
		return o, err
	}
	seen, err := p.describe(ctx, put.Key, o.VersionID, manifest.SinglePut(put.SHA256))
	switch {
	case err != nil:
		return o, fmt.Errorf("read back the object: %w", err)
	case put.Lock == nil:
		return seen, p.asPlanned(seen, began)
	case seen.Lock != *put.Lock:
		return o, p.notAsked(seen)
	}
	p.results.readBack.Store(true)
	return seen, nil
}

// sameBytes returns an error if an existing version has none of the checksums.
// Only checksums of the same form can be compared.
func sameBytes(got string, want []manifest.Checksum) error {
	comparable := false
	for _, one := range want {
		if one.Value == got {
			return nil
		}
		comparable = comparable || partsOf(one.Value) == partsOf(got)
	}
	switch {
	case got == "":
		return otherBytes("without a SHA-256 checksum, so its bytes can't be compared; publish under another prefix")
	case !comparable:
		return otherBytes("with the checksum " + got + ", which is of another form than that of this upload, " +
			"so its bytes can't be compared; publish under another prefix")
	case partsOf(got) != "":
		return otherBytes("with other bytes, or was sent in parts of another size; " +
			"a dataset is written once: publish under another prefix")
	}
	return otherBytes("with other bytes; a dataset is written once: publish under another prefix")
}

// otherBytes says how the bytes of an existing version differ.
type otherBytes string

func (e otherBytes) Error() string { return string(e) }

// partsOf returns the number of parts of a composite checksum, "" for that of a
// whole object.
func partsOf(checksum string) string {
	_, parts, _ := strings.Cut(checksum, "-")
	return parts
}

// notAsked is the error for a new version with another lock.
func (p *publisher) notAsked(o store.Object) error {
	return fmt.Errorf("read back %s: it is locked in %s mode until %s, which isn't what the upload asked for",
		p.at.url(o.Key), o.Lock.Mode, o.Lock.Until)
}

// asPlanned returns an error if S3 gave a new version a lock that the plan doesn't say. The
// upload named none, so it is the bucket's default. A server can count the default from the beginning of its upload or from the
// end, and its years by the calendar.
func (p *publisher) asPlanned(o store.Object, began time.Time) error {
	now := p.now()
	least := p.retention.end(began).Add(-slack)
	most := later(p.retention.end(now), now.AddDate(p.retention.years, 0, 0)).Add(slack)
	if o.Lock.Until.Before(least) || o.Lock.Until.After(most) {
		return fmt.Errorf("%s: S3 locked it until %s, which isn't %s: the bucket's default retention has changed; "+
			"run it again to see the new plan", p.at.url(o.Key), o.Lock.Until.Format(time.RFC3339), p.retention)
	}
	return nil
}

// lock returns the retention that uploads name now, nil for none.
func (p *publisher) lock() *store.Lock {
	if p.results.plain.Load() {
		return nil
	}
	return &store.Lock{Mode: p.retention.mode, Until: p.retention.end(p.now())}
}

// mayBePlain is called when an upload that names a retention was denied. The
// upload can go without one if the user set none: the bucket's default is the
// same.
func (p *publisher) mayBePlain() bool {
	return !p.retention.named
}

// goPlain is called when S3 has accepted without a retention what it denied with one.
func (p *publisher) goPlain() {
	if !p.results.plain.Swap(true) {
		p.o.Note(
			"not allowed to set a retention (s3:PutObjectRetention, or the bucket policy): " +
				"the bucket's default applies, and each lock is read back",
		)
	}
}

// begin starts a multipart upload with the run's lock, and returns the lock.
func (p *publisher) begin(ctx context.Context, key string) (string, *store.Lock, error) {
	lock := p.lock()
	id, err := p.store.Begin(ctx, key, lock)
	if store.Denied(err) && lock != nil && p.mayBePlain() {
		lock = nil
		if id, err = p.store.Begin(ctx, key, nil); err == nil {
			p.goPlain()
		}
	}
	return id, lock, err
}

// errChanged means that a file changed while it was read.
var errChanged = errors.New("changed while it was being published")
