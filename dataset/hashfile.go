package dataset

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// hashFile returns the SHA-256 of a file in hex, and its size. It adds the
// bytes it reads to bytes, unless that is nil.
func hashFile(path string, bytes *atomic.Int64) (string, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	h := sha256.New()
	n, err := io.Copy(countingWriter{h, bytes}, file)
	if err != nil {
		return "", n, err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), n, nil
}

type countingWriter struct {
	io.Writer
	bytes *atomic.Int64
}

// Write writes to the inner writer and counts the bytes.
func (w countingWriter) Write(p []byte) (int, error) {
	if w.bytes != nil {
		w.bytes.Add(int64(len(p)))
	}
	return w.Writer.Write(p)
}
