// Package spill sorts more records than fit into memory: it sorts them in
// pieces, writes the pieces to a temporary file and merges them when they are
// read. It limits memory by bytes. Existing libraries limit it by the number of
// records, but the user determines their size here.
package spill

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// Memory use of a sorter, in bytes.
const (
	pieceBytes = 12 << 20
	readBytes  = 4 << 20
	// overhead is the approximate cost of a record besides its bytes.
	overhead = 32
)

// A Sorter returns the records added to it, sorted by their bytes. Add must not
// be called concurrently.
type Sorter struct {
	file    *File
	out     *bufio.Writer
	pieces  []section
	records [][]byte
	size    int
	limit   int
	// Count is the number of records.
	Count int64
}

type section struct{ from, to int64 }

// New returns an empty sorter. The caller must close it.
func New() *Sorter { return &Sorter{limit: pieceBytes} }

// Add adds a record. The caller must not change it afterwards.
func (s *Sorter) Add(record []byte) error {
	s.records = append(s.records, record)
	s.Count++
	if s.size += len(record) + overhead; s.size < s.limit {
		return nil
	}
	return s.flush()
}

func (s *Sorter) flush() error {
	if len(s.records) == 0 {
		return nil
	}
	if s.file == nil {
		file, err := TempFile()
		if err != nil {
			return err
		}
		s.file, s.out = file, bufio.NewWriterSize(file, 64<<10)
	}
	slices.SortFunc(s.records, bytes.Compare)
	from := int64(0)
	if n := len(s.pieces); n > 0 {
		from = s.pieces[n-1].to
	}
	to := from
	var length [binary.MaxVarintLen64]byte
	for _, record := range s.records {
		n := binary.PutUvarint(length[:], uint64(len(record)))
		_, _ = s.out.Write(length[:n])
		_, _ = s.out.Write(record)
		to += int64(n + len(record))
	}
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("write to a temporary file: %w", err)
	}
	s.pieces = append(s.pieces, section{from, to})
	clear(s.records)
	s.records, s.size = s.records[:0], 0
	return nil
}

// Sorted returns all records in order, with the first error. Once all records
// are added, it may be read more than once, also concurrently.
func (s *Sorter) Sorted() iter.Seq2[[]byte, error] {
	if s.file == nil {
		slices.SortFunc(s.records, bytes.Compare)
		return func(yield func([]byte, error) bool) {
			for _, record := range s.records {
				if !yield(record, nil) {
					return
				}
			}
		}
	}
	err := s.flush()
	return func(yield func([]byte, error) bool) {
		if err != nil {
			yield(nil, err)
			return
		}
		s.merge(yield)
	}
}

func (s *Sorter) merge(yield func([]byte, error) bool) {
	var sources sources
	for _, piece := range s.pieces {
		in := io.NewSectionReader(s.file, piece.from, piece.to-piece.from)
		source := &source{in: bufio.NewReaderSize(in, max(readBytes/len(s.pieces), 4<<10))}
		switch err := source.next(); {
		case err == nil:
			sources = append(sources, source)
		case !errors.Is(err, io.EOF):
			yield(nil, err)
			return
		}
	}
	heap.Init(&sources)
	for len(sources) > 0 {
		first := sources[0]
		if !yield(first.record, nil) {
			return
		}
		switch err := first.next(); {
		case err == nil:
			heap.Fix(&sources, 0)
		case errors.Is(err, io.EOF):
			heap.Pop(&sources)
		default:
			yield(nil, err)
			return
		}
	}
}

// Close removes the temporary file.
func (s *Sorter) Close() {
	s.records = nil
	if s.file != nil {
		s.file.Close()
	}
}

type source struct {
	in     *bufio.Reader
	record []byte
}

func (s *source) next() error {
	length, err := binary.ReadUvarint(s.in)
	if err != nil {
		return err
	}
	s.record = make([]byte, length)
	if _, err := io.ReadFull(s.in, s.record); err != nil {
		return fmt.Errorf("read a temporary file: %w", err)
	}
	return nil
}

type sources []*source

func (s sources) Len() int           { return len(s) }
func (s sources) Less(i, j int) bool { return bytes.Compare(s[i].record, s[j].record) < 0 }
func (s sources) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *sources) Push(x any)        { *s = append(*s, x.(*source)) }
func (s *sources) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// A File is a temporary file that is removed with the process, even if the
// process is killed, on systems that can remove an open file.
type File struct {
	*os.File
	keep bool
}

// TempFile creates a File in the system's temporary folder.
func TempFile() (*File, error) {
	file, err := os.CreateTemp("", "datalock-")
	if err != nil {
		return nil, fmt.Errorf("create a temporary file: %w", err)
	}
	_ = os.Remove(file.Name())
	return &File{file, false}, nil
}

// Close closes the file, and removes it if it is temporary.
func (f *File) Close() {
	_ = f.File.Close()
	if !f.keep {
		_ = os.Remove(f.Name())
	}
}

// Keep returns a File for an open file that isn't temporary.
func Keep(file *os.File) *File { return &File{file, true} }
