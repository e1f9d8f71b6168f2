package inventory

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// A parquetFile is a file whose index was read.
type parquetFile struct {
	local io.ReaderAt
	size  int64
	file  *parquet.File
}

// parquetBuffer is how many bytes of a column are read at a time.
const parquetBuffer = 32 << 10

// openParquet reads the index of a file.
func openParquet(local io.ReaderAt, size int64) (*parquetFile, error) {
	if err := checkFooter(local, size); err != nil {
		return nil, err
	}
	p := &parquetFile{local: local, size: size}
	err := guarded(func() (err error) {
		p.file, err = parquet.OpenFile(local, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true),
			parquet.ReadBufferSize(parquetBuffer))
		return err
	})
	if err != nil {
		return nil, err
	}
	rows := int64(0)
	for _, group := range p.file.RowGroups() {
		if group.NumRows() < 0 {
			return nil, fmt.Errorf("a group has %d rows", group.NumRows())
		}
		rows += group.NumRows()
	}
	if rows != p.file.NumRows() {
		return nil, fmt.Errorf("its groups have %d rows, and its index says %d", rows, p.file.NumRows())
	}
	return p, nil
}

// cursors opens those columns of a group of rows that are read.
func (p *parquetFile) cursors(fields []Field, group int) ([]*cursor, error) {
	var all []*cursor
	err := guarded(func() error {
		for _, field := range fields {
			kind, set := parquetSetter(field)
			if set == nil {
				continue
			}
			name := parquetName(field)
			chunk, err := p.column(name, kind, group)
			if err != nil {
				return fmt.Errorf("column %s: %w", name, err)
			}
			all = append(all, &cursor{
				name: name, set: set, from: parquet.NewColumnChunkValueReader(chunk),
				values: make([]parquet.Value, 0, cursorValues),
			})
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, closeAll(all))
	}
	return all, nil
}

// column finds a column of a group of rows, and refuses one of another type or with
// impossible pages.
func (p *parquetFile) column(name string, kind parquet.Kind, group int) (parquet.ColumnChunk, error) {
	leaf, ok := p.file.Schema().Lookup(name)
	if !ok {
		return nil, errors.New("the manifest has it, and the file doesn't")
	}
	switch t := leaf.Node.Type(); {
	case leaf.Node.Repeated():
		return nil, errors.New("it has several values in a row")
	case t.Kind() != kind:
		return nil, fmt.Errorf("its type is %s, not %s", t, kind)
	case kind == parquet.Int64 && parquetNames[name] != Size && !inMillis(t):
		return nil, fmt.Errorf("its type is %s, not a time in milliseconds", t)
	}
	meta := p.file.Metadata().RowGroups
	of := &meta[group].Columns[leaf.ColumnIndex]
	// The library decompresses all groups as the first.
	if first := meta[0].Columns[leaf.ColumnIndex].MetaData.Codec; of.MetaData.Codec != first {
		return nil, fmt.Errorf("it is compressed with %s in one group of rows, and with %s in another", first,
			of.MetaData.Codec)
	}
	if of.FilePath != "" || of.MetaData.NumValues != meta[group].NumRows {
		return nil, fmt.Errorf("it has %d values in file %q, for %d rows", of.MetaData.NumValues, of.FilePath,
			meta[group].NumRows)
	}
	return p.file.RowGroups()[group].ColumnChunks()[leaf.ColumnIndex], p.checkPages(&of.MetaData)
}

// inMillis reports whether a type is that of times, in milliseconds.
func inMillis(t parquet.Type) bool {
	logical := t.LogicalType()
	if logical == nil {
		return false
	}
	stamp, ok := logical.Value.(*format.TimestampType)
	if !ok {
		return false
	}
	_, ok = stamp.Unit.Value.(*format.MilliSeconds)
	return ok
}

// guarded calls the library, which panics on some files that are damaged.
// https://github.com/parquet-go/parquet-go/issues/537
func guarded(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it is damaged: %v", p)
		}
	}()
	return call()
}
