package manifest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
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
	return (size/maxParts + unit) / unit * unit
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
