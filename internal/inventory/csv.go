package inventory

import (
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// csvFields reads the schema of a report in CSV: names with commas between them.
func csvFields(schema string) ([]Field, error) {
	var fields []Field
	for name := range strings.SplitSeq(schema, ",") {
		fields = append(fields, Field(strings.TrimSpace(name)))
	}
	return fields, nil
}

// csv yields the rows of one file in CSV, and reports whether more are wanted.
func (i *Inventory) csv(ctx context.Context, f File, yield func(Row, error) bool) (more bool, err error) {
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
	bounded := &limited{from: unzipped}
	rows := csv.NewReader(bounded)
	rows.ReuseRecord, rows.FieldsPerRecord = true, len(i.Fields)
	columns := columnsOf(i.Fields)
	for {
		bounded.left = longestRow
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, err
		}
		row, err := columns.row(record)
		if err == nil {
			err = row.check(i.Source)
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
	if err := f.matches(raw.bytes, sum); err != nil {
		return false, err
	}
	return true, ctx.Err()
}

// longestRow is in bytes. S3's rows have some kilobytes at most: a key has up to 1,024
// bytes, each encoded in up to three.
const longestRow = 1 << 20

// A limited reader fails after so many bytes: encoding/csv keeps a whole row, and
// a small file can unzip to one of gigabytes.
type limited struct {
	from io.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, fmt.Errorf("a row has more than %d bytes", longestRow)
	}
	n, err := l.from.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
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
