package dataset

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"sync/atomic"

	"datalock/dataset/internal/folder"
	"datalock/dataset/manifest"
)

// hashFile returns the SHA-256 of a listed file in hex, and its size. It adds the
// bytes it reads to bytes, and writes them to also. It stops when the context ends,
// whatever the file's size. A file that has changed since it was listed is an error.
func hashFile(
	ctx context.Context, in *folder.Listing, f folder.File, bytes *atomic.Int64, also io.Writer,
) (string, int64, error) {
	open, err := openListed(in, f)
	if err != nil {
		return "", 0, err
	}
	defer open.close()
	sum, n, err := hashOf(ctx, open.file, bytes, also)
	if err == nil {
		err = open.unchanged()
	}
	if err != nil {
		return "", n, err
	}
	return sum, n, nil
}

// hashOf returns the SHA-256 of what it reads in hex, and its size.
func hashOf(ctx context.Context, from io.Reader, bytes *atomic.Int64, also io.Writer) (string, int64, error) {
	h := sha256.New()
	n, err := io.Copy(countingWriter{ctx, io.MultiWriter(h, also), bytes}, from)
	return fmt.Sprintf("%x", h.Sum(nil)), n, err
}

// partsWriter hashes what is written to it in parts of a size.
type partsWriter struct {
	size, filled int64
	part         hash.Hash
	parts        *manifest.Parts
}

// Write hashes bytes.
func (w *partsWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(int64(len(rest)), w.size-w.filled)
		_, _ = w.part.Write(rest[:n])
		rest = rest[n:]
		if w.filled += n; w.filled == w.size {
			w.flush()
		}
	}
	return len(p), nil
}

func (w *partsWriter) flush() {
	w.parts.Add([sha256.Size]byte(w.part.Sum(nil)))
	w.part.Reset()
	w.filled = 0
}

// checksum returns the composite checksum of all bytes.
func (w *partsWriter) checksum() manifest.Checksum {
	if w.filled > 0 {
		w.flush()
	}
	return w.parts.Checksum(w.size)
}

type countingWriter struct {
	ctx context.Context
	io.Writer
	bytes *atomic.Int64
}

// Write writes to the inner writer and counts the bytes, until the context ends.
func (w countingWriter) Write(p []byte) (int, error) {
	if err := context.Cause(w.ctx); err != nil {
		return 0, err
	}
	if w.bytes != nil {
		w.bytes.Add(int64(len(p)))
	}
	return w.Writer.Write(p)
}
