package slimcache

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
)

// A program is the running program's own file. It has everything that a slim cache
// is made from, even if it was moved: Go embeds the npm tarball of each jsii
// package unchanged, and each imported submodule registers its types by name.
type program struct {
	path string
	// submodules are the provider submodules that the program imports, such as
	// "@cdktf/provider-aws.s3Bucket", sorted.
	submodules []string
}

// typeName matches the name of a prebuilt provider's type up to its submodule:
// "@cdktf/provider-aws.s3Bucket." of
// "@cdktf/provider-aws.s3Bucket.S3BucketConfig".
var typeName = regexp.MustCompile(`^(@cdktf/provider-[a-z0-9-]+\.[A-Za-z0-9_]+)\.`)

var (
	typeNameStart = []byte("@cdktf/provider-")
	// gzipStart is the magic number, the method deflate, and no flags, which is
	// how npm writes its tarballs (RFC 1952, 2.3).
	gzipStart = []byte{0x1f, 0x8b, 0x08, 0x00}
)

// readSelf finds what the running program imports. It reads 47 MB, which takes
// about 10 ms.
func readSelf() (*program, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the program's own file: %w", err)
	}
	return read(path)
}

func read(path string) (*program, error) {
	p := &program{path: path}
	seen := map[string]bool{}
	err := p.scan(typeNameStart, func(_ int64, text []byte) {
		if m := typeName.FindSubmatch(text); m != nil && !seen[string(m[1])] {
			seen[string(m[1])] = true
			p.submodules = append(p.submodules, string(m[1]))
		}
	})
	slices.Sort(p.submodules)
	return p, err
}

// gzips returns the offsets at which a gzip stream may start.
func (p *program) gzips() ([]int64, error) {
	var offsets []int64
	err := p.scan(gzipStart, func(offset int64, _ []byte) { offsets = append(offsets, offset) })
	return offsets, err
}

const (
	scanChunk = 1 << 20
	// scanOverlap is longer than the longest name, so that a name on the border
	// of two chunks is found.
	scanOverlap = 1 << 10
)

// scan calls found for each occurrence of pattern, with its offset and the text
// that starts there.
func (p *program) scan(pattern []byte, found func(offset int64, text []byte)) error {
	f, err := os.Open(p.path)
	if err != nil {
		return fmt.Errorf("opening the program's own file: %w", err)
	}
	defer f.Close()
	buf := make([]byte, scanChunk)
	offset, have := int64(0), 0
	for {
		n, err := io.ReadFull(f, buf[have:])
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return fmt.Errorf("reading the program's own file: %w", err)
		}
		chunk := buf[:have+n]
		// A match that starts in the overlap belongs to the next chunk.
		end := len(chunk)
		if !last {
			end -= scanOverlap
		}
		eachMatch(chunk, pattern, end, func(i int) {
			found(offset+int64(i), chunk[i:min(i+scanOverlap, len(chunk))])
		})
		if last {
			return nil
		}
		have = copy(buf, chunk[end:])
		offset += int64(end)
	}
}

// eachMatch calls found with the index of each occurrence of pattern in chunk
// that starts before end.
func eachMatch(chunk, pattern []byte, end int, found func(int)) {
	for at := 0; ; {
		i := bytes.Index(chunk[at:], pattern)
		if i < 0 || at+i >= end {
			return
		}
		found(at + i)
		at += i + 1
	}
}
