package manifest

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"datalock/internal/plainjson"

	"github.com/go-json-experiment/json"
)

// An Entry describes one object version of a dataset. Its JSON is an in-toto
// ResourceDescriptor.
type Entry struct {
	// Name is the file's path in the dataset, with slashes.
	Name string `json:"name"`
	// URI is s3://BUCKET/KEY?versionId=ID.
	URI    string `json:"uri"`
	Digest Digest `json:"digest"`
	// Annotations hold the fields that a ResourceDescriptor doesn't have.
	Annotations Annotations `json:"annotations"`
}

// A Digest holds the SHA-256 of a file, in lower-case hex.
type Digest struct {
	SHA256 string `json:"sha256"`
}

// Annotations describe how S3 stores a version.
type Annotations struct {
	// Size is the size in bytes.
	Size int64 `json:"size"`
	// Mode is the retention mode, COMPLIANCE or GOVERNANCE.
	Mode string `json:"mode"`
	// RetainUntil is when the retention ends; it may be lengthened later.
	RetainUntil time.Time `json:"retainUntil"`
	// LegalHold says that the version was also under a legal hold.
	LegalHold bool     `json:"legalHold,omitempty"`
	S3        Checksum `json:"s3"`
	// Encryption is x-amz-server-side-encryption, empty if S3 returned none.
	Encryption string `json:"encryption,omitempty"`
	// KMSKeyID is the ARN of the key, for aws:kms.
	KMSKeyID string `json:"kmsKeyId,omitempty"`
}

// The types of an S3 checksum.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
const (
	// FullObject is a checksum of all bytes, for an upload in one PUT.
	FullObject = "FULL_OBJECT"
	// Composite is the checksum of the parts' checksums, followed by "-" and
	// the number of parts.
	Composite = "COMPOSITE"
)

// A Checksum is the checksum that S3 stores with a version.
type Checksum struct {
	// Algorithm is always SHA256.
	Algorithm string `json:"algorithm"`
	// Type is FullObject or Composite.
	Type string `json:"type"`
	// Value is base64, as in the header x-amz-checksum-sha256.
	Value string `json:"value"`
	// PartSize is the size in bytes of all parts except the last, for
	// Composite.
	PartSize int64 `json:"partSize,omitempty"`
}

// URI returns the URI of an object version.
func URI(bucket, key, versionID string) string {
	path := url.URL{Path: "/" + key}
	return "s3://" + bucket + path.EscapedPath() + versionQuery + url.QueryEscape(versionID)
}

// versionQuery separates the key from the version id in a URI.
const versionQuery = "?versionId="

// ParseURI reads the URI of a version of a bucket.
func ParseURI(uri, bucket string) (key, versionID string, err error) {
	path, _, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"+bucket+"/"), versionQuery)
	key, err = url.PathUnescape(path)
	if versionID = (Entry{URI: uri}).VersionID(); err != nil || versionID == "" || URI(bucket, key, versionID) != uri {
		return "", "", fmt.Errorf("%q isn't the URI of a version in bucket %s", uri, bucket)
	}
	return key, versionID, nil
}

// VersionID returns the version id in the entry's URI.
func (e Entry) VersionID() string {
	_, query, _ := strings.Cut(e.URI, versionQuery)
	id, err := url.QueryUnescape(query)
	if err != nil {
		return ""
	}
	return id
}

// Line returns the entry as a line of a shard, with its newline.
func (e Entry) Line() ([]byte, error) {
	line, err := plainjson.Compact(e)
	if err != nil {
		return nil, fmt.Errorf("encode the entry of %s: %w", e.Name, err)
	}
	return append(line, '\n'), nil
}

// checkName returns an error if a name can't be a file's below a folder.
func checkName(name string) error {
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("the name %q isn't that of a file in a folder", name)
	}
	return nil
}

// ParseEntry reads a line of a shard. It refuses duplicate keys, invalid UTF-8,
// entries outside the bucket and prefix, and those that contradict themselves: S3's
// checksum of a whole object is its SHA-256.
func ParseEntry(line []byte, bucket, prefix string) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return Entry{}, fmt.Errorf("read an entry: %w", err)
	}
	if err := checkName(e.Name); err != nil {
		return Entry{}, fmt.Errorf("read an entry: %w", err)
	}
	if raw, err := hex.DecodeString(e.Digest.SHA256); err != nil || len(raw) != 32 {
		return Entry{}, fmt.Errorf("read the entry of %s: its sha256 %q isn't 64 hex digits", e.Name, e.Digest.SHA256)
	}
	id := e.VersionID()
	if want := URI(bucket, prefix+"/"+e.Name, id); id == "" || e.URI != want {
		return Entry{}, fmt.Errorf(
			"read the entry of %s: its uri is %s, which isn't a version of s3://%s/%s/%s",
			e.Name,
			e.URI,
			bucket,
			prefix,
			e.Name,
		)
	}
	if err := e.Annotations.S3.check(e.Digest, e.Annotations.Size); err != nil {
		return Entry{}, fmt.Errorf("read the entry of %s: %w", e.Name, err)
	}
	return e, nil
}
