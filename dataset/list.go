package dataset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A Summary describes a dataset from its manifest. Nothing is verified; use
// [Verify] for that.
type Summary struct {
	Location
	RootDigest string             `json:"rootDigest"`
	Files      int64              `json:"files"`
	Bytes      int64              `json:"bytes"`
	Retention  manifest.Retention `json:"retention"`
	// RenewedUntil is the latest date in the renewal records, nil if there are
	// none.
	RenewedUntil *time.Time `json:"renewedUntil,omitempty"`
	// Signed says that there is a signature of this manifest. Whose it is isn't checked.
	Signed bool `json:"signed"`
	// SignatureUnread says that a signature couldn't be read, so that Signed isn't known.
	SignatureUnread bool `json:"signatureUnread,omitempty"`
	// Problem says why the manifest couldn't be read, or is empty.
	Problem string `json:"problem,omitempty"`
	// RecordProblem says why the signature or a renewal record couldn't be read, or is
	// empty. Such a record is ignored.
	RecordProblem string `json:"recordProblem,omitempty"`

	// version is the manifest's, shards and promises are what it and the records say.
	version  string
	shards   []manifest.Shard
	promises []promise
}

// Ends is when the first lock ends, according to the manifest and the renewal
// records. The locks weren't read, and anyone who may write objects can write records.
func (s Summary) Ends() time.Time {
	if s.RenewedUntil != nil && s.RenewedUntil.After(s.Retention.Earliest) {
		return *s.RenewedUntil
	}
	return s.Retention.Earliest
}

// List lists the datasets of a bucket, sorted by prefix. It reads only their
// manifests, signatures and renewal records. It reads the oldest version of each, so it
// also lists a dataset whose manifest was hidden or overwritten.
func List(ctx context.Context, client *s3.Client, bucket string) ([]Summary, error) {
	all, _, err := list(ctx, client, bucket)
	return all, err
}

// list lists the datasets of a bucket. It also returns how far S3's clock is
// ahead of this machine's.
func list(ctx context.Context, client *s3.Client, bucket string) ([]Summary, time.Duration, error) {
	s := store.Store{Client: client, Bucket: bucket}
	skew, err := s.Clock(ctx)
	if err != nil {
		return nil, 0, explain(err)
	}
	all, beside, records := []Summary{}, map[string]map[string]string{}, map[string]map[string]string{}
	manifests := map[string]string{}
	for v, err := range s.Versions(ctx, metaFolder+"/") {
		if err != nil {
			return nil, 0, explain(err)
		}
		if v.Marker {
			continue
		}
		rest := strings.TrimPrefix(v.Key, metaFolder+"/")
		if prefix, ok := strings.CutSuffix(rest, "/"+manifestName); ok {
			if manifests[prefix] == "" {
				all = append(all, Summary{Location: Location{bucket, prefix}})
			}
			manifests[prefix] = v.VersionID
		}
		if at := strings.LastIndex(rest, "/"); at > 0 && isSignature(rest[at+1:]) {
			keep(beside, rest[:at], rest[at+1:], v.VersionID)
		}
		if prefix, name, ok := cutRecord(rest); ok {
			keep(records, prefix, name, v.VersionID)
		}
	}
	for i := range all {
		d := &all[i]
		err := d.read(ctx, s, manifests[d.Prefix], beside[d.Prefix], records[d.Prefix])
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		if err != nil {
			d.Problem = err.Error()
		}
	}
	return all, skew, nil
}

// keep keeps the version of a name below a prefix.
func keep(all map[string]map[string]string, prefix, name, version string) {
	if all[prefix] == nil {
		all[prefix] = map[string]string{}
	}
	all[prefix][name] = version
}

// read reads a version of the manifest, its signature and the renewal records into a
// summary.
func (d *Summary) read(ctx context.Context, s store.Store, id string, beside, records map[string]string) error {
	text, err := fetch(ctx, s, d.meta(manifestName), id)
	if err != nil {
		return fmt.Errorf("the manifest couldn't be read: %s", store.Brief(err))
	}
	d.RootDigest, d.version = manifest.RootDigest(text), id
	m, err := manifest.Parse(text)
	if err != nil {
		return err
	}
	of := m.Predicate.Datalock
	if at := (Location{of.Bucket, of.Prefix}); at != d.Location {
		return fmt.Errorf("it is the manifest of %s", at)
	}
	d.Files, d.Bytes, d.Retention, d.shards = of.Files, of.Bytes, of.Retention, of.Shards
	if err := d.signature(ctx, s, text, beside); err != nil {
		d.RecordProblem, d.SignatureUnread = err.Error(), !d.Signed
	}
	for _, name := range slices.Sorted(maps.Keys(records)) {
		_, r, err := readRenewal(ctx, s, d.Location, name, records[name], d.RootDigest)
		switch {
		case err == nil:
			d.promises = append(d.promises, *r)
		case d.RecordProblem == "":
			d.RecordProblem = err.Error()
		}
	}
	d.RenewedUntil = lastKept(d.promises, latestPossible)
	return nil
}

// signature looks for a signature of the manifest.
func (d *Summary) signature(ctx context.Context, s store.Store, text []byte, beside map[string]string) error {
	for _, name := range signatureNames(d.RootDigest) {
		id, ok := beside[name]
		if !ok {
			continue
		}
		bundle, err := fetch(ctx, s, d.meta(name), id)
		if errors.Is(err, errTooLarge) {
			continue
		}
		if err != nil {
			return fmt.Errorf("the signature couldn't be read: %s", store.Brief(err))
		}
		d.Signed = d.Signed || belongs(name, bundle, text)
	}
	return nil
}

// cutRecord splits the key of a renewal record below .datalock/ into the
// dataset's prefix and the record's name.
func cutRecord(key string) (prefix, name string, ok bool) {
	at := strings.LastIndex(key, "/"+renewalFolder)
	if at < 0 || !isRecord(key[at+1:]) {
		return "", "", false
	}
	return key[:at], key[at+1:], true
}
