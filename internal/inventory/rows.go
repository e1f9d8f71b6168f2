package inventory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"unicode/utf8"
)

// Rows streams the rows of all files. It ends after an error. Memory doesn't
// depend on the number of rows.
func (i *Inventory) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		ended := false
		each := func(row Row, err error) bool {
			ended = !yield(row, err)
			return !ended
		}
		for _, f := range i.Files {
			more, err := i.read(ctx, f, each)
			if err != nil && !ended { // closing a file may fail after the last row
				yield(Row{}, fmt.Errorf("read the inventory's file s3://%s/%s: %w", i.bucket, f.Key, err))
			}
			if !more || err != nil {
				return
			}
		}
	}
}

// check refuses a row that S3 can't have written.
func (r Row) check(source string) error {
	switch {
	case r.Key == "":
		return errors.New("there is no key")
	case !utf8.ValidString(r.Key):
		return fmt.Errorf("the key %q isn't UTF-8", r.Key)
	case r.Bucket != source:
		return fmt.Errorf("it is of bucket %q, and the inventory of %q", r.Bucket, source)
	case r.Size < 0:
		return fmt.Errorf("the size is %d", r.Size)
	}
	return nil
}
