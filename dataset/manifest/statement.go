package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"time"

	"datalock/internal/plainjson"

	"github.com/go-json-experiment/json"
)

// Folder is the folder of the manifests in a bucket.
const Folder = ".datalock"

// The types of the statement.
const (
	// StatementType is in-toto's Statement v1.
	StatementType = "https://in-toto.io/Statement/v1"
	// PredicateType is the type of OpenSSF Model Signing.
	PredicateType = "https://model_signing/signature/v1.0"
	// PayloadType is the type of a signed statement in a DSSE envelope.
	PayloadType = "application/vnd.in-toto+json"
	// Schema is the version of the predicate's field "datalock".
	Schema = 1
)

// Limits of one statement or shard, so that neither has to be in memory
// completely if it is large.
const (
	// MaxListed is the maximum number of files in a statement's list, and of
	// entries in a shard. Above it the statement lists the shards.
	MaxListed = 100_000
	// MaxListedBytes limits the total size of the names in the list.
	MaxListedBytes = 4 << 20
	// MaxBytes is the maximum size of manifest.json.
	MaxBytes = 64 << 20
)

// A Statement is the content of manifest.json.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

// A Subject is the dataset. Its digest is the SHA-256 over the digests of the
// predicate's resources, in order. It covers the files' bytes, but neither
// their names nor their versions.
type Subject struct {
	Name   string `json:"name"`
	Digest Digest `json:"digest"`
}

// A Predicate is the predicate of Model Signing, with one more field.
type Predicate struct {
	Datalock      Dataset       `json:"datalock"`
	Serialization Serialization `json:"serialization"`
	Resources     []Resource    `json:"resources"`
}

// Serialization describes how the digests were computed.
type Serialization struct {
	Method        string   `json:"method"`
	HashType      string   `json:"hash_type"`
	AllowSymlinks bool     `json:"allow_symlinks"`
	IgnorePaths   []string `json:"ignore_paths"`
}

// A Resource is a file, or a shard, with its digest.
type Resource struct {
	Name      string `json:"name"`
	Algorithm string `json:"algorithm"`
	Digest    string `json:"digest"`
}

// A Dataset has the fields that Model Signing doesn't have.
type Dataset struct {
	Schema int    `json:"schema"`
	Bucket string `json:"bucket"`
	// Prefix has no leading or trailing slash.
	Prefix string `json:"prefix"`
	Files  int64  `json:"files"`
	// Bytes is the total size of all files.
	Bytes     int64     `json:"bytes"`
	Retention Retention `json:"retention"`
	// Lists is the kind of the resources: Files or Shards.
	Lists  string  `json:"lists"`
	Shards []Shard `json:"shards"`
}

// The kinds of a statement's resources.
const (
	Files  = "files"
	Shards = "shards"
)

// Retention is the retention of the data when it was published.
type Retention struct {
	// Mode is the weakest mode of all files.
	Mode string `json:"mode"`
	// Earliest and Latest are the ends of the first and the last lock.
	Earliest time.Time `json:"earliest"`
	Latest   time.Time `json:"latest"`
}

// A Shard holds the entries of some files.
type Shard struct {
	// Name is entries-00000.jsonl and so on, or that of [OtherShardName].
	Name string `json:"name"`
	URI  string `json:"uri"`
	// Lines is the number of entries, Size the number of bytes.
	Lines  int64  `json:"lines"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// ShardName returns the name of the shard with a number.
func ShardName(n int) string { return fmt.Sprintf("entries-%05d.jsonl", n) }

// OtherShardName returns the name of the shard with a number and a SHA-256, if
// there is another shard with its number's name.
func OtherShardName(n int, sum [sha256.Size]byte) string {
	return fmt.Sprintf("entries-%05d-%x.jsonl", n, sum[:8])
}

// Encode returns the bytes of manifest.json.
func (s Statement) Encode() ([]byte, error) {
	text, err := plainjson.Compact(s)
	if err != nil {
		return nil, fmt.Errorf("encode the manifest: %w", err)
	}
	return append(text, '\n'), nil
}

// RootDigest returns the SHA-256 of manifest.json's bytes in hex.
func RootDigest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// CheckRootDigest returns an error if a text can't be a root digest.
func CheckRootDigest(text string) error {
	if sum, err := hex.DecodeString(text); err != nil || len(sum) != sha256.Size {
		return fmt.Errorf("root digest %q: must be the %d hexadecimal digits that publish printed",
			text, 2*sha256.Size)
	}
	return nil
}

// Parse reads manifest.json. It checks what it can without the shards: the
// types, and that the subject's digest matches the resources.
func Parse(text []byte) (Statement, error) {
	var s Statement
	if err := json.Unmarshal(text, &s); err != nil {
		return Statement{}, fmt.Errorf("read the manifest: %w", err)
	}
	switch d := s.Predicate.Datalock; {
	case s.Type != StatementType || s.PredicateType != PredicateType:
		return Statement{}, fmt.Errorf(
			"read the manifest: it is a %q about %q, not a manifest",
			s.Type,
			s.PredicateType,
		)
	case d.Schema != Schema:
		return Statement{}, fmt.Errorf(
			"read the manifest: its schema is %d, but this version reads %d",
			d.Schema,
			Schema,
		)
	case d.Lists != Files && d.Lists != Shards:
		return Statement{}, fmt.Errorf("read the manifest: it lists %q, not files or shards", d.Lists)
	case len(s.Subject) != 1:
		return Statement{}, fmt.Errorf("read the manifest: it has %d subjects, not one", len(s.Subject))
	}
	digest := sha256.New()
	for _, r := range s.Predicate.Resources {
		if err := addDigest(digest, r.Digest); err != nil {
			return Statement{}, fmt.Errorf("read the manifest: resource %s: %w", r.Name, err)
		}
	}
	if got := hex.EncodeToString(digest.Sum(nil)); got != s.Subject[0].Digest.SHA256 {
		return Statement{}, errors.New("read the manifest: its subject's digest doesn't match its resources")
	}
	if err := s.Predicate.check(); err != nil {
		return Statement{}, fmt.Errorf("read the manifest: %w", err)
	}
	return s, nil
}

// check returns how a manifest contradicts itself, or what no dataset has.
func (p Predicate) check() error {
	d, lines := p.Datalock, int64(0)
	for i, s := range d.Shards {
		if err := s.check(d, i); err != nil {
			return fmt.Errorf("shard %q: %w", s.Name, err)
		}
		lines += s.Lines
	}
	if lines != d.Files {
		return fmt.Errorf("its shards have %d lines, but it has %d files", lines, d.Files)
	}
	if d.Lists == Shards {
		if !slices.EqualFunc(p.Resources, d.Shards, func(r Resource, s Shard) bool {
			return r.Name == s.Name && r.Digest == s.SHA256
		}) {
			return errors.New("its resources aren't its shards")
		}
		return nil
	}
	if int64(len(p.Resources)) != d.Files {
		return fmt.Errorf("it lists %d files, but it has %d", len(p.Resources), d.Files)
	}
	for i, r := range p.Resources {
		if err := checkName(r.Name); err != nil {
			return err
		}
		if i > 0 && r.Name <= p.Resources[i-1].Name {
			return fmt.Errorf("%q comes after %q", r.Name, p.Resources[i-1].Name)
		}
	}
	return nil
}

// check checks the shard with a number. Its name may be used as that of a file.
func (s Shard) check(of Dataset, number int) error {
	sum, err := hex.DecodeString(s.SHA256)
	switch {
	case err != nil || len(sum) != sha256.Size:
		return fmt.Errorf("its digest %q isn't 64 hex digits", s.SHA256)
	case s.Name != ShardName(number) && s.Name != OtherShardName(number, [sha256.Size]byte(sum)):
		return fmt.Errorf("the name of shard %d is %s, or has its digest too", number, ShardName(number))
	case s.Lines < 0 || s.Size < 0:
		return fmt.Errorf("it has %d lines and %d bytes", s.Lines, s.Size)
	}
	id := Entry{URI: s.URI}.VersionID()
	if id == "" || s.URI != URI(of.Bucket, Folder+"/"+of.Prefix+"/"+s.Name, id) {
		return fmt.Errorf("its uri is %s, which isn't a version of it", s.URI)
	}
	return nil
}

func addDigest(h hash.Hash, digest string) error {
	raw, err := hex.DecodeString(digest)
	if err != nil || len(raw) != sha256.Size {
		return fmt.Errorf("its digest %q isn't 64 hex digits", digest)
	}
	_, _ = h.Write(raw)
	return nil
}
