package slimcache

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
)

// A binary is the running program's own file. Everything a slim cache is made
// from stands in it, wherever it was moved: Go embeds the npm tarball of each
// jsii package as it is, and each submodule that the program imports registers
// its types by name.
type binary struct {
	path string
	// submodules are the provider submodules that the program imports, such as
	// "@cdktf/provider-aws.s3Bucket", sorted.
	submodules []string
	// gzips are the offsets in the file at which a gzip stream may start.
	gzips []int64
}

// typeName matches the name of a prebuilt provider's type as far as its
// submodule: "@cdktf/provider-aws.s3Bucket." of
// "@cdktf/provider-aws.s3Bucket.S3BucketConfig".
var typeName = regexp.MustCompile(`^(@cdktf/provider-[a-z0-9-]+\.[A-Za-z0-9_]+)\.`)

var (
	typeNameStart = []byte("@cdktf/provider-")
	// gzipStart is the magic number, the method deflate, and no flags, which is
	// how npm writes its tarballs (RFC 1952, 2.3).
	gzipStart = []byte{0x1f, 0x8b, 0x08, 0x00}
)

const (
	scanChunk = 1 << 20
	// scanOverlap is more than the longest name that is looked for, so that one
	// on the border of two chunks is seen whole.
	scanOverlap = 1 << 10
)

// scanSelf reads the running program's file once, 47 MB in about 10 ms.
func scanSelf() (*binary, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the program's own file: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the program's own file: %w", err)
	}
	defer f.Close()
	b, err := scan(f)
	if err != nil {
		return nil, fmt.Errorf("reading the program's own file: %w", err)
	}
	b.path = path
	return b, nil
}

func scan(r io.Reader) (*binary, error) {
	b := &binary{}
	seen := map[string]bool{}
	buf := make([]byte, scanChunk)
	offset, have := int64(0), 0
	for {
		n, err := io.ReadFull(r, buf[have:])
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return nil, err
		}
		chunk := buf[:have+n]
		// What starts in the overlap is left to the next chunk.
		end := len(chunk)
		if !last {
			end -= scanOverlap
		}
		eachMatch(chunk, gzipStart, end, func(i int) { b.gzips = append(b.gzips, offset+int64(i)) })
		eachMatch(chunk, typeNameStart, end, func(i int) {
			if m := typeName.FindSubmatch(chunk[i:min(i+scanOverlap, len(chunk))]); m != nil && !seen[string(m[1])] {
				seen[string(m[1])] = true
				b.submodules = append(b.submodules, string(m[1]))
			}
		})
		if last {
			slices.Sort(b.submodules)
			return b, nil
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
