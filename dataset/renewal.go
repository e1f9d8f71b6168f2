package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// Names of the files that a renewal writes: renewals/TIME.json and, if signed,
// renewals/TIME.sigstore.json beside it.
const (
	renewalFolder   = "renewals/"
	recordSuffix    = ".json"
	recordSignature = ".sigstore.json"
	recordTime      = "20060102T150405.000Z"
)

// record writes the record of the renewal, locked as long as the dataset.
// versions is the number of versions locked until the date. S3's clock is known to
// the second only, so two runs can have the same time.
func (r *renewer) record(ctx context.Context, versions int64) error {
	r.meter.begin(StepCommit, 0, 0)
	now := r.now().Truncate(time.Millisecond)
	for try := 0; ; try++ {
		err := r.recordAt(ctx, now, versions)
		if !errors.Is(err, store.ErrExists) || try == recordTries {
			return err
		}
		now = now.Add(time.Millisecond)
	}
}

const recordTries = 20

func (r *renewer) recordAt(ctx context.Context, now time.Time, versions int64) error {
	slices.Sort(r.held)
	held := r.held[:min(len(r.held), manifest.MaxHeld)]
	statement := manifest.NewRenewal(manifest.Renewal{
		Schema: manifest.Schema, Bucket: r.at.Bucket, Prefix: r.at.Prefix,
		Until: r.plan.Until, Time: now, By: r.o.By,
		Versions: versions, Lengthened: r.renewed.Lengthened, Jobs: r.renewed.jobIDs(),
		// A version that the record doesn't name isn't looked at again before the date.
		Left: r.renewed.Left + r.plan.Held - int64(len(held)), Held: held,
		Unlocked: r.subjects(Unlocked), Missing: r.subjects(Missing),
	}, r.result.RootDigest)
	text, err := statement.Encode()
	if err != nil {
		return err
	}
	name := renewalFolder + now.Format(recordTime)
	if r.o.Key != nil {
		bundle, err := r.o.Key.Bundle(ctx, text)
		if err != nil {
			return err
		}
		if err := r.putRecord(ctx, name+recordSignature, bundle); err != nil {
			return err
		}
	}
	if err := r.putRecord(ctx, name+recordSuffix, text); err != nil {
		return err
	}
	r.renewed.Record = r.at.meta(name + recordSuffix)
	return nil
}

// subjects returns the keys of the first findings with a name.
func (r *renewer) subjects(name FindingName) []string {
	const most = 100
	var keys []string
	for _, f := range r.result.Findings {
		if f.Name == name && len(keys) < most {
			keys = append(keys, strings.TrimPrefix(f.Subject, r.at.url("")))
		}
	}
	return keys
}

// recordLock returns the lock of the record, which [verifier.describing] finds as good
// as that of the manifest.
func (r *renewer) recordLock() *RecordLock {
	lock := RecordLock{Mode: stronger(r.settings.Mode, r.published.Mode), Until: r.plan.Until}
	if r.plan.Compliance > 0 || lock.Mode == "" {
		lock.Mode = "COMPLIANCE"
	}
	for _, other := range []*time.Time{&r.published.Latest, r.result.RenewedUntil} {
		if other != nil && other.After(lock.Until) {
			lock.Until = *other
		}
	}
	return &lock
}

// putRecord writes a file of the record.
func (r *renewer) putRecord(ctx context.Context, name string, text []byte) error {
	lock := store.Lock{Mode: r.plan.RecordLock.Mode, Until: r.plan.RecordLock.Until}
	put := store.Put{
		Key: r.at.meta(name), Body: bytes.NewReader(text), Size: int64(len(text)), SHA256: sha256.Sum256(text),
		Lock: &lock, ContentType: "application/json",
	}
	if _, err := r.store.Put(ctx, put); err != nil {
		return fmt.Errorf("write the record %s: %w", r.at.url(put.Key), err)
	}
	return nil
}

// isRenewal reports whether a name below the dataset's part of .datalock/
// belongs to a renewal, and isRecord whether it is a renewal record.
func isRenewal(name string) bool {
	rest, below := strings.CutPrefix(name, renewalFolder)
	rest, signature := strings.CutSuffix(rest, recordSignature)
	if !signature {
		rest = strings.TrimSuffix(rest, recordSuffix)
	}
	_, err := time.Parse(recordTime, rest)
	return below && err == nil
}

func isRecord(name string) bool { return isRenewal(name) && !strings.HasSuffix(name, recordSignature) }

// renewals reads the renewal records. [Verify] requires locks to reach the
// dates in them.
func (v *verifier) renewals(ctx context.Context, versions map[string][]store.Version) error {
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		if !isRecord(name) {
			continue
		}
		key := v.at.meta(name)
		id, ok := v.oldest(key, versions[name], RenewalChanged)
		if !ok {
			continue
		}
		text, r, err := readRenewal(ctx, v.store, v.at, name, id, v.result.RootDigest)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			v.findf(RenewalChanged, v.at.url(key), "%s", err)
			continue
		}
		v.result.Renewals++
		if err := v.renewalSignature(ctx, name, text); err != nil {
			return err
		}
		v.records = append(v.records, strings.TrimSuffix(name, recordSuffix))
		v.promises = append(v.promises, *r)
	}
	v.result.RenewedUntil = lastKept(v.promises, latestPossible)
	return nil
}

// renewalSignature checks the signature of a record, if it has one. Renewals may be
// signed with another key than the dataset, or with none, and the locks decide what
// they are worth, so only a signature of another text is a finding.
func (v *verifier) renewalSignature(ctx context.Context, name string, text []byte) error {
	name = strings.TrimSuffix(name, recordSuffix) + recordSignature
	id, ok := oldestOf(v.meta[name])
	if v.o.Key == nil || !ok {
		return nil
	}
	url := v.at.url(v.at.meta(name))
	bundle, err := fetch(ctx, v.store, v.at.meta(name), id)
	if store.NotFound(err) || errors.Is(err, errTooLarge) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", url, err)
	}
	switch signed, err := v.o.Key.Open(bundle); {
	case err != nil:
	case !bytes.Equal(signed, text):
		v.findf(RenewalChanged, url, "the key has signed another record than the one beside it")
	default:
		v.result.RenewalsSigned++
	}
	return nil
}

// until is the date that all locks must reach.
func (v *verifier) until() time.Time {
	if renewed := v.result.RenewedUntil; renewed != nil && renewed.After(v.o.Until) {
		return *renewed
	}
	return v.o.Until
}

// readRenewal reads a record, which must belong to the dataset with the given
// location and root digest.
func readRenewal(ctx context.Context, s store.Store, at Location, name, id, root string) (
	text []byte, p *promise, err error,
) {
	key := at.meta(name)
	text, err = fetch(ctx, s, key, id)
	if err != nil {
		return nil, nil, fmt.Errorf("read the record %s: %w", at.url(key), err)
	}
	statement, err := manifest.ParseRenewal(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", at.url(key), err)
	}
	r := statement.Predicate
	if of := (Location{r.Bucket, r.Prefix}); of != at || !strings.EqualFold(statement.Subject[0].Digest.SHA256, root) {
		return nil, nil, fmt.Errorf("%s: it belongs to %s with the root digest %s",
			at.url(key), of, statement.Subject[0].Digest.SHA256)
	}
	p = &promise{name: name, until: r.Until, left: r.Left > 0}
	for _, uri := range r.Held {
		of, id, err := manifest.ParseURI(uri, at.Bucket)
		if err != nil || !strings.HasPrefix(of, at.data("")) && !strings.HasPrefix(of, at.meta("")) {
			return nil, nil, fmt.Errorf("%s: it names %q, which isn't a version of the dataset", at.url(key), uri)
		}
		p.held = append(p.held, lockable{Key: of, VersionID: id})
	}
	return text, p, nil
}
