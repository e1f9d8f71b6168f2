package manifest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// Sizes that determine how a file is sent. They are part of the format, because
// a composite checksum depends on the size of the parts.
const (
	// PartSize is the size in bytes of a part, and of the largest file sent in
	// one PUT.
	PartSize = 8 << 20
	// maxParts is S3's limit for one upload.
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
	maxParts = 10_000
)

// maxPartSize is S3's limit for a part in bytes, and MaxSize that for an object, 48.8 TiB.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const (
	maxPartSize = 5 << 30
	MaxSize     = maxParts * maxPartSize
)

// PartSizeOf returns the size in bytes of a file's parts, or 0 for a file sent
// in one PUT. It depends only on the file's size.
func PartSizeOf(size int64) int64 {
	switch {
	case size <= PartSize:
		return 0
	case size <= PartSize*maxParts:
		return PartSize
	}
	const unit = 1 << 20
	return min((size/maxParts+unit)/unit*unit, maxPartSize)
}

// SinglePut returns the checksum of a file that was sent in one PUT.
func SinglePut(sum [sha256.Size]byte) Checksum {
	return Checksum{Algorithm: "SHA256", Type: FullObject, Value: base64.StdEncoding.EncodeToString(sum[:])}
}

// A Parts computes a composite checksum from the parts' checksums in order.
type Parts struct {
	hash  hash.Hash
	count int
}

// NewParts returns a composite checksum without parts.
func NewParts() *Parts { return &Parts{hash: sha256.New()} }

// Add adds the SHA-256 of the next part.
func (p *Parts) Add(sum [sha256.Size]byte) {
	_, _ = p.hash.Write(sum[:])
	p.count++
}

// Checksum returns the composite checksum of the parts so far.
func (p *Parts) Checksum(partSize int64) Checksum {
	value := fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(p.hash.Sum(nil)), p.count)
	return Checksum{Algorithm: "SHA256", Type: Composite, Value: value, PartSize: partSize}
}

// check returns how a checksum contradicts the digest and the size in bytes of its
// file. What a composite one says of the bytes, only reading them can tell.
func (c Checksum) check(digest Digest, size int64) error {
	value, parts, composite := strings.Cut(c.Value, "-")
	raw, err := base64.StdEncoding.Strict().DecodeString(value)
	switch {
	case size < 0:
		return fmt.Errorf("its size is %d", size)
	case c.Algorithm != "SHA256":
		return fmt.Errorf("its checksum's algorithm is %q, not SHA256", c.Algorithm)
	case err != nil || len(raw) != sha256.Size:
		return fmt.Errorf("its checksum %q isn't the base64 of a SHA-256", c.Value)
	}
	switch c.Type {
	case FullObject:
		if composite || hex.EncodeToString(raw) != digest.SHA256 {
			return fmt.Errorf("its checksum %s contradicts its sha256 %s", c.Value, digest.SHA256)
		}
	case Composite:
		if c.PartSize <= 0 || (size-1)/c.PartSize >= maxParts {
			return fmt.Errorf("%d bytes can't have parts of %d bytes", size, c.PartSize)
		}
		if want := strconv.FormatInt((size-1)/c.PartSize+1, 10); parts != want {
			return fmt.Errorf("its checksum %s isn't of the %s parts that %d bytes have", c.Value, want, size)
		}
	default:
		return fmt.Errorf("its checksum's type is %q, not %s or %s", c.Type, FullObject, Composite)
	}
	return nil
}
