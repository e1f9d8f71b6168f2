package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
)

// A Builder creates the statement of a dataset from its entries, added in the
// order of their names.
type Builder struct {
	dataset   Dataset
	resources []Resource
	names     int
	last      string
}

// NewBuilder returns a builder without entries.
func NewBuilder(bucket, prefix string) *Builder {
	return &Builder{dataset: Dataset{Schema: Schema, Bucket: bucket, Prefix: prefix, Lists: Files, Shards: []Shard{}}}
}

// Add adds the next entry. Names must ascend in byte order.
func (b *Builder) Add(e Entry) error {
	if b.dataset.Files > 0 && e.Name <= b.last {
		return fmt.Errorf("add %s to the manifest: it comes after %s", e.Name, b.last)
	}
	d, a := &b.dataset, e.Annotations
	if d.Files == 0 || a.RetainUntil.Before(d.Retention.Earliest) {
		d.Retention.Earliest = a.RetainUntil
	}
	if a.RetainUntil.After(d.Retention.Latest) {
		d.Retention.Latest = a.RetainUntil
	}
	if d.Files == 0 || a.Mode != "COMPLIANCE" {
		d.Retention.Mode = a.Mode
	}
	d.Files, d.Bytes, b.last = d.Files+1, d.Bytes+a.Size, e.Name
	if b.names += len(e.Name); d.Files > MaxListed || b.names > MaxListedBytes {
		d.Lists, b.resources = Shards, nil
		return nil
	}
	b.resources = append(b.resources, Resource{Name: e.Name, Algorithm: "sha256", Digest: e.Digest.SHA256})
	return nil
}

// AddShard adds a shard, in the order of its number.
func (b *Builder) AddShard(s Shard) { b.dataset.Shards = append(b.dataset.Shards, s) }

// Retention returns the retention of the entries so far.
func (b *Builder) Retention() Retention { return b.dataset.Retention }

// Statement returns the statement of all that was added.
func (b *Builder) Statement() (Statement, error) {
	resources := b.resources
	if b.dataset.Lists == Shards {
		resources = nil
		for _, s := range b.dataset.Shards {
			resources = append(resources, Resource{Name: s.Name, Algorithm: "sha256", Digest: s.SHA256})
		}
	}
	digest := sha256.New()
	for _, r := range resources {
		if err := addDigest(digest, r.Digest); err != nil {
			return Statement{}, fmt.Errorf("create the manifest: %s: %w", r.Name, err)
		}
	}
	return Statement{
		Type: StatementType,
		Subject: []Subject{
			{Name: path.Base(b.dataset.Prefix), Digest: Digest{SHA256: hex.EncodeToString(digest.Sum(nil))}},
		},
		PredicateType: PredicateType,
		Predicate: Predicate{
			Datalock:      b.dataset,
			Serialization: Serialization{Method: "files", HashType: "sha256", IgnorePaths: []string{}},
			Resources:     resources,
		},
	}, nil
}
