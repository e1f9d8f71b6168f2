package inventory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parquet-go/parquet-go"
)

// cursorValues is how many values of a column are read at a time.
const cursorValues = 1024

// A cursor reads one column of a group of rows.
type cursor struct {
	name   string
	set    func(*Row, parquet.Value, string) error
	from   parquet.ColumnChunkValueReader
	values []parquet.Value // of which those from at on aren't read yet
	at     int
	text   string // the last one, which many rows share
}

// group yields the rows of a group, which come after others of the file, and
// reports whether more are wanted.
func (i *Inventory) group(
	ctx context.Context, before, rows int64, columns []*cursor, yield func(Row, error) bool,
) (more bool, err error) {
	for n := before; n < before+rows; n++ {
		if n%cursorValues == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		var row Row
		for _, c := range columns {
			if err := c.next(&row); err != nil {
				return false, fmt.Errorf("row %d: column %s: %w", n+1, c.name, err)
			}
		}
		if err := row.check(i.Source); err != nil {
			return false, fmt.Errorf("row %d: %w", n+1, err)
		}
		if !yield(row, nil) {
			return false, nil
		}
	}
	for _, c := range columns {
		if err := c.fill(); err == nil {
			return false, fmt.Errorf("column %s: it has more values than the %d rows", c.name, rows)
		} else if !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return true, nil
}

// next reads the column's value of the next row.
func (c *cursor) next(row *Row) error {
	err := c.fill()
	if errors.Is(err, io.EOF) {
		return errors.New("it has fewer values than there are rows")
	}
	if err != nil {
		return err
	}
	value := c.values[c.at]
	c.at++
	if value.Kind() == parquet.ByteArray {
		if text := value.ByteArray(); string(text) != c.text {
			c.text = string(text)
		}
		return c.set(row, value, c.text)
	}
	return c.set(row, value, "")
}

// fill reads values if there are none left. Its error is io.EOF at the end.
func (c *cursor) fill() error {
	if c.at < len(c.values) {
		return nil
	}
	return guarded(func() error {
		n, err := c.from.ReadValues(c.values[:cursorValues])
		c.values, c.at = c.values[:n], 0
		if n > 0 {
			return nil
		}
		return err
	})
}

func closeAll(columns []*cursor) error {
	var all []error
	for _, c := range columns {
		all = append(all, guarded(c.from.Close))
	}
	return errors.Join(all...)
}

// parquetSetter returns what sets a field of a row, and of which type its column
// is; nil for one that isn't read. Of a column of text, it is given the text.
// Unlike in CSV, keys aren't encoded.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
func parquetSetter(field Field) (parquet.Kind, func(*Row, parquet.Value, string) error) {
	switch field {
	case Key:
		return parquet.ByteArray, func(r *Row, _ parquet.Value, text string) error { r.Key = text; return nil }
	case Size:
		return parquet.Int64, func(r *Row, v parquet.Value, _ string) error { r.Size = number(v); return nil }
	case IsLatest:
		return parquet.Boolean, func(r *Row, v parquet.Value, _ string) error { r.Latest = is(v); return nil }
	case DeleteMarker:
		return parquet.Boolean, func(r *Row, v parquet.Value, _ string) error { r.DeleteMarker = is(v); return nil }
	case LastModified:
		return parquet.Int64, instant(func(r *Row) *time.Time { return &r.LastModified })
	case RetainUntil:
		return parquet.Int64, instant(func(r *Row) *time.Time { return &r.RetainUntil })
	}
	set := setters[field]
	if set == nil {
		return 0, nil
	}
	return parquet.ByteArray, func(r *Row, _ parquet.Value, text string) error { return set(r, text) }
}

// number is 0 for null: a delete marker has no size.
func number(v parquet.Value) int64 {
	if v.IsNull() {
		return 0
	}
	return v.Int64()
}

func is(v parquet.Value) bool { return !v.IsNull() && v.Boolean() }

// instant reads milliseconds since 1970.
func instant(field func(*Row) *time.Time) func(*Row, parquet.Value, string) error {
	return func(r *Row, v parquet.Value, _ string) error {
		if v.IsNull() {
			return nil
		}
		t := time.UnixMilli(v.Int64()).UTC()
		if t.Year() < 1 || t.Year() > 9999 {
			return fmt.Errorf("the time is %d milliseconds since 1970", v.Int64())
		}
		*field(r) = t
		return nil
	}
}
