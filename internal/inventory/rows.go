package inventory

import (
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Rows streams the rows of all files. It ends after an error. Memory doesn't
// depend on the number of rows.
func (i *Inventory) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, f := range i.Files {
			more, err := i.file(ctx, f, yield)
			if err != nil {
				yield(Row{}, fmt.Errorf("read the inventory's file s3://%s/%s: %w", i.bucket, f.Key, err))
			}
			if !more || err != nil {
				return
			}
		}
	}
}

// file yields the rows of one file, and reports whether more are wanted.
func (i *Inventory) file(ctx context.Context, f File, yield func(Row, error) bool) (more bool, err error) {
	body, err := i.get(ctx, i.bucket, f.Key)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	sum := md5.New()
	raw := &counted{from: io.TeeReader(body, sum)}
	unzipped, err := gzip.NewReader(raw)
	if err != nil {
		return false, err
	}
	rows := csv.NewReader(unzipped)
	rows.ReuseRecord, rows.FieldsPerRecord = true, len(i.Fields)
	columns := columnsOf(i.Fields)
	for {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, err
		}
		row, err := columns.row(record)
		if err == nil && row.Bucket != i.Source {
			err = fmt.Errorf("it is of bucket %q, and the inventory of %q", row.Bucket, i.Source)
		}
		if err != nil {
			line, _ := rows.FieldPos(0)
			return false, fmt.Errorf("line %d: %w", line, err)
		}
		if !yield(row, nil) {
			return false, nil
		}
	}
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return false, err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); raw.bytes != f.Size || !strings.EqualFold(got, f.MD5) {
		return false, fmt.Errorf("it has %d bytes with the MD5 %s, and the manifest says %d with %s",
			raw.bytes, got, f.Size, f.MD5)
	}
	return true, ctx.Err()
}

// counted counts the bytes that were read.
type counted struct {
	from  io.Reader
	bytes int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.bytes += int64(n)
	return n, err
}
