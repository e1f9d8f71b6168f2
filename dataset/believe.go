package dataset

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// A promise is a renewal record: it says that all locks last until a date, but for those
// of versions that were held or left. Anyone who may write objects can write such a
// record, so the locks decide whether it counts.
type promise struct {
	name  string
	until time.Time
	// held are the versions that were under an event hold then.
	held []lockable
	// left says that versions that it doesn't name were left, so that only held counts.
	left bool
}

// lastKept returns the latest date of the promises that the locks keep, of which the
// first ends at a time; nil if there is none.
func lastKept(all []promise, ends time.Time) *time.Time {
	var last *time.Time
	for _, p := range all {
		if !p.left && !p.until.After(ends) && (last == nil || p.until.After(*last)) {
			last = &p.until
		}
	}
	return last
}

// latestPossible is later than any lock.
var latestPossible = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// believe drops the promises that the locks don't keep, as findings. If an event hold
// was released since, its version may end earlier.
func (v *verifier) believe(all []promise, ends time.Time) {
	for _, p := range all {
		if !p.left && p.until.After(ends) && len(p.held) == 0 {
			v.findf(RenewalChanged, v.at.url(v.at.meta(p.name)), "it says that all locks last until %s, and one %s; "+
				"the record was ignored", p.until.Format(time.RFC3339), endedText(ends))
		}
	}
	v.result.RenewedUntil = lastKept(all, ends)
}

func endedText(ends time.Time) string {
	if ends.IsZero() {
		return "doesn't exist"
	}
	return "ends at " + ends.Format(time.RFC3339)
}

// sampled is the number of entries, and of shards, whose locks are read before a
// record counts.
const sampled = 8

// longestEntry is more than an entry can have, in bytes.
const longestEntry = 64 << 10

// A lockSample is what the locks of some versions of a dataset have in common.
type lockSample struct {
	// ends is when the first one ends, zero if one has no retention.
	ends time.Time
	// compliance says that all are in COMPLIANCE mode.
	compliance bool
	// read has their keys; files of them are files of the dataset.
	read  map[string]bool
	files int64
}

// add adds a lock. A version that doesn't exist isn't part of the sample.
func (s *lockSample) add(ctx context.Context, from store.Store, key, version string) error {
	if s.read[key] {
		return nil
	}
	mode, ends, err := endOfLock(ctx, from, key, version)
	if store.NotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(s.read) == 0 || ends.Before(s.ends) {
		s.ends = ends
	}
	s.compliance = (len(s.read) == 0 || s.compliance) && mode == "COMPLIANCE"
	s.read[key] = true
	return nil
}

// endOfLock returns when the lock of a version ends: never yet under an event hold, and
// long ago without a retention.
func endOfLock(ctx context.Context, from store.Store, key, version string) (mode string, ends time.Time, err error) {
	o, err := from.Head(ctx, key, version)
	if err == nil && o.Lock.Mode == "" && !o.Lock.EventHold {
		o.Lock, err = from.Retention(ctx, key, version)
	}
	switch {
	case err != nil:
		return "", ends, fmt.Errorf("read the lock of s3://%s/%s, version %s: %w", from.Bucket, key, version, explain(err))
	case o.Lock.EventHold:
		ends = latestPossible
	case o.Lock.Mode != "":
		ends = o.Lock.Until
	}
	return o.Lock.Mode, ends, nil
}

// heldOrLonger returns the promises without left versions whose held versions are still
// under their event hold, or locked as long as the others.
func heldOrLonger(ctx context.Context, from store.Store, all []promise) (kept []promise, _ error) {
	for _, p := range all {
		if p.left {
			continue
		}
		ends := latestPossible
		for i := 0; i < len(p.held) && !ends.Before(p.until); i++ {
			var err error
			_, ends, err = endOfLock(ctx, from, p.held[i].Key, p.held[i].VersionID)
			switch {
			case err == nil:
			case store.NotFound(err):
				ends = latestPossible // verify finds it
			case store.Answered(err) && ctx.Err() == nil:
				ends = time.Time{} // nothing shows that the record is kept
			default:
				return nil, err
			}
		}
		if !ends.Before(p.until) {
			kept = append(kept, p)
		}
	}
	return kept, nil
}

// sampleLocks reads the locks of the manifest, of some random shards, and of random entries
// of the first of these. With others, who wrote a record could have known them.
func sampleLocks(
	ctx context.Context, from store.Store, at Location, version string, shards []manifest.Shard,
) (s lockSample, err error) {
	seed := newSeed()
	s.read = map[string]bool{}
	if err := s.add(ctx, from, at.meta(manifestName), version); err != nil {
		return s, err
	}
	order := rand.New(rand.NewPCG(seed, seed)).Perm(len(shards))
	for i, n := range order[:min(len(order), sampled)] {
		shard := shards[n]
		if err := s.add(ctx, from, at.meta(shard.Name), manifest.Entry{URI: shard.URI}.VersionID()); err != nil {
			return s, err
		}
		if i > 0 {
			continue
		}
		entries, err := someEntries(ctx, from, at, shard, seed)
		if err != nil {
			return s, err
		}
		before := len(s.read)
		for _, e := range entries {
			if err := s.add(ctx, from, at.data(e.Name), e.VersionID()); err != nil {
				return s, err
			}
		}
		s.files = int64(len(s.read) - before)
	}
	return s, nil
}

// someEntries reads random entries of a shard.
func someEntries(
	ctx context.Context, from store.Store, at Location, shard manifest.Shard, seed uint64,
) ([]manifest.Entry, error) {
	key := at.meta(shard.Name)
	_, body, err := from.Get(ctx, key, manifest.Entry{URI: shard.URI}.VersionID())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", at.url(key), explain(err))
	}
	defer body.Close()
	chosen := sampleOf(&Sample{Files: min(sampled, shard.Lines), Of: shard.Lines, Seed: seed})
	in := bufio.NewScanner(io.LimitReader(body, shard.Size))
	in.Buffer(nil, longestEntry)
	var all []manifest.Entry
	for n := int64(0); len(all) < len(chosen) && in.Scan(); n++ {
		if !chosen[n] {
			continue
		}
		e, err := manifest.ParseEntry(in.Bytes(), at.Bucket, at.Prefix)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", at.url(key), err)
		}
		all = append(all, e)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", at.url(key), err)
	}
	return all, nil
}
