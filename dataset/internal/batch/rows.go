package batch

import (
	"context"
	"fmt"
)

// Limits of one manifest. AWS documents 20 billion objects in one place and one
// billion in another; this is the lower one. An upload has at most 10,000 parts.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-batch-operations.html
const (
	MaxRows = 1_000_000_000
	// partSize is the size of a part, of which one is in memory; S3's minimum is
	// 5 MiB.
	partSize = 8 << 20
	maxBytes = 10_000 * partSize
)

// AppendRow appends a row of a manifest: bucket, URL-encoded key, version ID.
func AppendRow(to []byte, bucket, key, version string) []byte {
	to = append(to, bucket...)
	to = append(to, ',')
	to = appendEscaped(to, key)
	to = append(to, ',')
	to = append(to, version...)
	return append(to, '\n')
}

const upperHex = "0123456789ABCDEF"

// appendEscaped URL-encodes a key, except its slashes.
func appendEscaped(to []byte, key string) []byte {
	for i := range len(key) {
		switch c := key[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '/', c == '-', c == '_', c == '.', c == '~':
			to = append(to, c)
		default:
			to = append(to, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return to
}

// A Writer writes rows into as many manifests as the limits require.
type Writer struct {
	ctx     context.Context
	service *Service
	bucket  string
	// name returns the key of a manifest by its number.
	name func(int) string
	most int64
	line []byte
	open *upload
	// Manifests are the complete ones.
	Manifests []Manifest
}

// A Manifest is a manifest in the evidence bucket.
type Manifest struct {
	Key, VersionID, ETag string
	Rows                 int64
}

// Write returns a writer for rows about versions of a bucket. name returns the key
// of each manifest.
func (s *Service) Write(ctx context.Context, bucket string, name func(int) string) *Writer {
	most := s.MaxRows
	if most == 0 {
		most = MaxRows
	}
	return &Writer{ctx: ctx, service: s, bucket: bucket, name: name, most: most}
}

// Add adds a row.
func (w *Writer) Add(key, version string) error {
	if version == "" {
		return fmt.Errorf("write a manifest: s3://%s/%s has no version id", w.bucket, key)
	}
	w.line = AppendRow(w.line[:0], w.bucket, key, version)
	if w.open != nil && (w.open.rows == w.most || w.open.size+int64(len(w.line)) > maxBytes) {
		if err := w.Close(); err != nil {
			return err
		}
	}
	if w.open == nil {
		var err error
		if w.open, err = w.service.begin(w.ctx, w.name(len(w.Manifests))); err != nil {
			return err
		}
	}
	w.open.rows++
	return w.open.write(w.ctx, w.line)
}

// Close completes the last manifest.
func (w *Writer) Close() error {
	if w.open == nil {
		return nil
	}
	done, err := w.open.finish(w.ctx)
	if err != nil {
		return err
	}
	w.Manifests = append(w.Manifests, done)
	w.open = nil
	return nil
}
