package dataset

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync/atomic"

	"datalock/dataset/internal/folder"
)

// hashFile returns the SHA-256 of a listed file in hex, and its size. It adds the
// bytes it reads to bytes. It stops when the context ends, whatever the file's size. A
// file that has changed since it was listed is an error.
func hashFile(
	ctx context.Context, in *folder.Listing, f folder.File, bytes *atomic.Int64,
) (string, int64, error) {
	open, err := openListed(in, f)
	if err != nil {
		return "", 0, err
	}
	defer open.close()
	h := sha256.New()
	n, err := io.Copy(countingWriter{ctx, h, bytes}, open.file)
	if err == nil {
		err = open.unchanged()
	}
	if err != nil {
		return "", n, err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), n, nil
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
