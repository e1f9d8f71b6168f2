package dataset

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// hashFile returns the SHA-256 of a file in hex, and its size. It adds the
// bytes it reads to bytes, unless that is nil. It stops when the context ends,
// whatever the file's size.
func hashFile(ctx context.Context, path string, bytes *atomic.Int64) (string, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	h := sha256.New()
	n, err := io.Copy(countingWriter{ctx, h, bytes}, file)
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
