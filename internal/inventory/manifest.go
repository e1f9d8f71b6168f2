package inventory

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Field is a column of a report, as S3 names it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html#storage-inventory-contents
type Field string

// The fields that are read. Others are skipped.
const (
	Bucket       Field = "Bucket"
	Key          Field = "Key"
	VersionID    Field = "VersionId"
	IsLatest     Field = "IsLatest"
	DeleteMarker Field = "IsDeleteMarker"
	Size         Field = "Size"
	LastModified Field = "LastModifiedDate"
	ETag         Field = "ETag"
	StorageClass Field = "StorageClass"
	Encryption   Field = "EncryptionStatus"
	RetainUntil  Field = "ObjectLockRetainUntilDate"
	Mode         Field = "ObjectLockMode"
	LegalHold    Field = "ObjectLockLegalHoldStatus"
	EventHold    Field = "ObjectLockEventHoldStatus"
	Checksum     Field = "ChecksumAlgorithm"
)

// A Getter opens an object of a bucket. The caller closes it.
type Getter func(ctx context.Context, bucket, key string) (io.ReadCloser, error)

// A File is one file of a report.
type File struct {
	// Key is its key in the bucket of the report.
	Key string `json:"key"`
	// Size is in bytes, compressed.
	Size int64  `json:"size"`
	MD5  string `json:"MD5checksum"`
}

// An Inventory is a report.
type Inventory struct {
	// Source is the bucket that was listed.
	Source string
	// Taken is when S3 began to list it.
	Taken time.Time
	// Fields are the columns, in their order.
	Fields []Field
	Files  []File

	get    Getter
	bucket string // that the report is in
	// read yields the rows of one file, by the report's format.
	read func(ctx context.Context, f File, yield func(Row, error) bool) (more bool, err error)
}

const (
	manifestName = "manifest.json"
	checksumName = "manifest.checksum"
	// largestManifest is in bytes; a manifest names some hundred bytes for each
	// file, and a file has millions of rows.
	largestManifest = 64 << 20
)

// Open reads the manifest of a report, s3://BUCKET/…/manifest.json, and
// compares it with its checksum.
func Open(ctx context.Context, get Getter, location string) (*Inventory, error) {
	bucket, key, err := parse(location)
	if err != nil {
		return nil, err
	}
	i, err := open(ctx, get, bucket, key)
	if err != nil {
		return nil, fmt.Errorf("read the inventory %s: %w", location, err)
	}
	return i, nil
}

func parse(location string) (bucket, key string, err error) {
	rest, ok := strings.CutPrefix(location, "s3://")
	bucket, key, named := strings.Cut(rest, "/")
	if !ok || bucket == "" || !named || key != manifestName && !strings.HasSuffix(key, "/"+manifestName) {
		return "", "", fmt.Errorf("inventory %q: name its manifest, such as "+
			"s3://acme-reports/acme-data/daily/2026-11-26T01-00Z/%s", location, manifestName)
	}
	return bucket, key, nil
}

func open(ctx context.Context, get Getter, bucket, key string) (*Inventory, error) {
	text, err := readAll(ctx, get, bucket, key)
	if err != nil {
		return nil, err
	}
	beside := strings.TrimSuffix(key, manifestName) + checksumName
	sum, err := readAll(ctx, get, bucket, beside)
	if err != nil {
		return nil, fmt.Errorf("%s, which S3 writes last: %w", checksumName, err)
	}
	got := md5.Sum(text)
	if want := strings.TrimSpace(string(sum)); !strings.EqualFold(want, hex.EncodeToString(got[:])) {
		return nil, fmt.Errorf("its MD5 is %x, and %s says %.64q", got, checksumName, want)
	}
	i, err := decode(text)
	if err != nil {
		return nil, err
	}
	i.get, i.bucket = get, bucket
	return i, nil
}

func readAll(ctx context.Context, get Getter, bucket, key string) (text []byte, err error) {
	body, err := get(ctx, bucket, key)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	text, err = io.ReadAll(io.LimitReader(body, largestManifest+1))
	if err == nil && len(text) > largestManifest {
		err = fmt.Errorf("it is larger than %d bytes", largestManifest)
	}
	return text, err
}

// decode reads a manifest.
func decode(text []byte) (*Inventory, error) {
	var m struct {
		SourceBucket string `json:"sourceBucket"`
		Version      string `json:"version"`
		Created      string `json:"creationTimestamp"`
		Format       string `json:"fileFormat"`
		Schema       string `json:"fileSchema"`
		Files        []File `json:"files"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("it isn't the manifest of an inventory: %w", err)
	}
	millis, err := strconv.ParseInt(m.Created, 10, 64)
	switch {
	case m.SourceBucket == "" || m.Format == "":
		return nil, errors.New("it isn't the manifest of an inventory: it names no sourceBucket or no fileFormat")
	case m.Format != "CSV" && m.Format != "Parquet":
		return nil, fmt.Errorf("it is in %s; configure an inventory in CSV or Parquet", m.Format)
	case m.Version != "2016-11-30":
		return nil, fmt.Errorf("its version is %q, and this reads 2016-11-30", m.Version)
	case err != nil:
		return nil, fmt.Errorf("its creationTimestamp is %q, not milliseconds", m.Created)
	}
	i := &Inventory{Source: m.SourceBucket, Taken: time.UnixMilli(millis).UTC(), Files: m.Files}
	i.read = i.csv
	fieldsOf := csvFields
	if m.Format == "Parquet" {
		i.read, fieldsOf = i.parquet, parquetFields
	}
	if i.Fields, err = fieldsOf(m.Schema); err != nil {
		return nil, err
	}
	return i, i.check()
}

// check refuses columns and files that can't be read.
func (i *Inventory) check() error {
	for at, field := range i.Fields {
		if slices.Contains(i.Fields[:at], field) {
			return fmt.Errorf("its fileSchema has %q twice", field)
		}
	}
	if lacks := i.Lacks(Bucket, Key); len(lacks) > 0 {
		return fmt.Errorf("its fileSchema lacks %v", lacks)
	}
	for _, f := range i.Files {
		if sum, err := hex.DecodeString(f.MD5); f.Key == "" || err != nil || len(sum) != md5.Size {
			return fmt.Errorf("it names a file %q with the MD5 %q", f.Key, f.MD5)
		}
	}
	return nil
}

// matches compares what was read of a file with what the manifest says.
func (f File) matches(size int64, sum hash.Hash) error {
	if got := hex.EncodeToString(sum.Sum(nil)); size != f.Size || !strings.EqualFold(got, f.MD5) {
		return fmt.Errorf("it has %d bytes with the MD5 %s, and the manifest says %d with %s", size, got, f.Size, f.MD5)
	}
	return nil
}

// Lacks returns those fields that the report doesn't have.
func (i *Inventory) Lacks(fields ...Field) []Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return slices.Contains(i.Fields, f) })
}

// AllVersions reports whether the report lists all versions and delete markers,
// not only the newest version of each key.
func (i *Inventory) AllVersions() bool { return len(i.Lacks(VersionID, IsLatest, DeleteMarker)) == 0 }
