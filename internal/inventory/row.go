package inventory

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Row is a version, or a delete marker. What the report has no field for is
// zero: ask [Inventory.Lacks].
type Row struct {
	Bucket string
	// Key is decoded: the object's key itself.
	Key string
	// VersionID is "null" for a version without one, and empty only if the
	// report has no version ids.
	VersionID            string
	Latest, DeleteMarker bool
	Size                 int64
	LastModified         time.Time
	ETag                 string
	StorageClass         string
	// Encryption is SSE-S3, SSE-KMS, DSSE-KMS, SSE-C or NOT-SSE.
	Encryption string
	// Mode is COMPLIANCE, GOVERNANCE or empty, RetainUntil the end of the
	// retention, in UTC.
	Mode        string
	RetainUntil time.Time
	LegalHold   bool
	// EventHold says that the retention has no end yet.
	EventHold bool
	// Checksum has the algorithms of the checksums that S3 keeps, such as
	// SHA256; empty if it keeps none.
	Checksum string
}

// columns has the setter of each column, nil for one that isn't read.
type columns []func(*Row, string) error

func columnsOf(fields []Field) columns {
	all := make(columns, len(fields))
	for i, f := range fields {
		all[i] = setters[f]
	}
	return all
}

func (c columns) row(record []string) (Row, error) {
	var r Row
	for i, set := range c {
		if set == nil {
			continue
		}
		if err := set(&r, record[i]); err != nil {
			return Row{}, fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return r, nil
}

var setters = map[Field]func(*Row, string) error{
	Bucket:       copied(func(r *Row) *string { return &r.Bucket }, ""),
	Key:          setKey,
	VersionID:    copied(func(r *Row) *string { return &r.VersionID }, "null"),
	IsLatest:     boolean(func(r *Row) *bool { return &r.Latest }),
	DeleteMarker: boolean(func(r *Row) *bool { return &r.DeleteMarker }),
	Size:         setSize,
	LastModified: moment(func(r *Row) *time.Time { return &r.LastModified }),
	ETag:         copied(func(r *Row) *string { return &r.ETag }, ""),
	StorageClass: copied(func(r *Row) *string { return &r.StorageClass }, ""),
	Encryption:   copied(func(r *Row) *string { return &r.Encryption }, ""),
	RetainUntil:  moment(func(r *Row) *time.Time { return &r.RetainUntil }),
	Mode:         setMode,
	LegalHold:    onOff("legal", func(r *Row) *bool { return &r.LegalHold }),
	EventHold:    onOff("event", func(r *Row) *bool { return &r.EventHold }),
	Checksum:     copied(func(r *Row) *string { return &r.Checksum }, ""),
}

// setKey decodes a key. S3 encodes '+' as %2B, so a plain '+' can only be a
// space.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
func setKey(r *Row, text string) (err error) {
	if !strings.ContainsAny(text, "%+") {
		r.Key = text
		return nil
	}
	r.Key, err = url.QueryUnescape(text)
	return err
}

// setSize reads a size; a delete marker has none.
func setSize(r *Row, text string) (err error) {
	if text != "" {
		r.Size, err = strconv.ParseInt(text, 10, 64)
	}
	return err
}

func setMode(r *Row, text string) error {
	r.Mode = strings.ToUpper(text)
	if r.Mode != "" && r.Mode != "COMPLIANCE" && r.Mode != "GOVERNANCE" {
		return fmt.Errorf("the mode %q is unknown", text)
	}
	return nil
}

// onOff reads the status of a kind of hold.
func onOff(kind string, field func(*Row) *bool) func(*Row, string) error {
	return func(r *Row, text string) error {
		switch strings.ToUpper(text) {
		case "ON":
			*field(r) = true
		case "", "OFF":
		default:
			return fmt.Errorf("the %s hold %q is unknown", kind, text)
		}
		return nil
	}
}

// copied copies a text; instead stands for an empty one.
func copied(field func(*Row) *string, instead string) func(*Row, string) error {
	return func(r *Row, text string) error {
		*field(r) = cmp.Or(text, instead)
		return nil
	}
}

func boolean(field func(*Row) *bool) func(*Row, string) error {
	return func(r *Row, text string) error {
		switch text {
		case "true":
			*field(r) = true
		case "false", "":
		default:
			return fmt.Errorf("%q is neither true nor false", text)
		}
		return nil
	}
}

func moment(field func(*Row) *time.Time) func(*Row, string) error {
	return func(r *Row, text string) error {
		if text == "" {
			return nil
		}
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return fmt.Errorf("the time %q: %w", text, err)
		}
		*field(r) = t.UTC()
		return nil
	}
}
