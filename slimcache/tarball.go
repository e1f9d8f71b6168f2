package slimcache

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// errNotTarball is returned if a gzip stream isn't an npm package.
var errNotTarball = errors.New("not an npm package")

// A tarball reads the files of an npm package that is embedded in the binary. Its
// size isn't recorded, so it reads to the end of the gzip stream.
type tarball struct {
	file  *os.File
	start int64
	raw   *bufio.Reader
	gz    *gzip.Reader
	*tar.Reader
}

// openTarball opens the npm package at an offset of the binary. The caller has to
// close it.
func openTarball(path string, start int64) (*tarball, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t := &tarball{file: file, start: start}
	if _, err := file.Seek(start, io.SeekStart); err != nil {
		file.Close()
		return nil, err
	}
	// gzip uses a bufio.Reader directly and never reads too many bytes from it,
	// so its position is where the stream ends.
	t.raw = bufio.NewReaderSize(file, 1<<20)
	if t.gz, err = gzip.NewReader(t.raw); err != nil {
		file.Close()
		return nil, errNotTarball
	}
	t.gz.Multistream(false)
	t.Reader = tar.NewReader(t.gz)
	return t, nil
}

func (t *tarball) close() { t.file.Close() }

// next goes to the next file and returns its name without npm's folder "package/".
// After the last file it returns io.EOF.
func (t *tarball) next() (string, error) {
	for {
		h, err := t.Next()
		if err != nil {
			return "", err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		name, ok := strings.CutPrefix(h.Name, "package/")
		if !ok || strings.Contains(name, "..") || strings.Contains(name, `\`) {
			return "", fmt.Errorf("unexpected file %q", h.Name)
		}
		return name, nil
	}
}

// key returns jsii's name for the package's folder in its cache: the SHA-256
// of the tarball's bytes, the package's name and its version, with zero bytes
// between (jsii's kernel/src/disk-cache/digest-file.ts).
func (t *tarball) key(name, version string) (string, error) {
	if _, err := io.Copy(io.Discard, t.gz); err != nil {
		return "", err
	}
	pos, err := t.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return "", err
	}
	size := pos - int64(t.raw.Buffered()) - t.start
	digest := sha256.New()
	if _, err := io.Copy(digest, io.NewSectionReader(t.file, t.start, size)); err != nil {
		return "", err
	}
	digest.Write([]byte("\x00" + name + "\x00" + version))
	return hex.EncodeToString(digest.Sum(nil)), nil
}
