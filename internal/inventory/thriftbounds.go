package inventory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// deepest is how many structures may lie in each other. Parquet's have seven.
const deepest = 32

var (
	errTooLarge = errors.New("it is longer than the file")
	errTooDeep  = errors.New("it is nested too deeply")
)

// structureLength returns the length of a structure in Thrift's compact protocol
// at the start of some bytes. It is an error if a text or a list says that it is
// longer than what is left.
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
func structureLength(text []byte) (int, error) {
	w := walker{rest: text}
	err := w.structure(deepest)
	return len(text) - len(w.rest), err
}

// A walker walks over a structure.
type walker struct{ rest []byte }

// The types of the protocol, but maps.
const (
	stop      = 0
	boolTrue  = 1
	boolFalse = 2
	int8s     = 3
	int16s    = 4
	int32s    = 5
	int64s    = 6
	double    = 7
	text      = 8
	list      = 9
	set       = 10
	structure = 12
	uuid      = 13
)

func (w *walker) structure(deeper int) error {
	if deeper == 0 {
		return errTooDeep
	}
	for {
		field, err := w.one()
		if err != nil || field == stop {
			return err
		}
		if field>>4 == 0 {
			if _, err := w.varint(); err != nil { // the field's number
				return err
			}
		}
		switch kind := field & 0xf; kind {
		case boolTrue, boolFalse: // the type is the value
		default:
			if err := w.value(kind, deeper); err != nil {
				return err
			}
		}
	}
}

func (w *walker) value(kind byte, deeper int) error {
	switch kind {
	case boolTrue, boolFalse, int8s:
		return w.skip(1)
	case int16s, int32s, int64s:
		_, err := w.varint()
		return err
	case double:
		return w.skip(8)
	case uuid:
		return w.skip(16)
	case text:
		length, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(length)
	case list, set:
		return w.list(deeper)
	case structure:
		return w.structure(deeper - 1)
	}
	return fmt.Errorf("it has a value of type %d, and Parquet has none", kind) // maps too
}

func (w *walker) list(deeper int) error {
	if deeper == 0 {
		return errTooDeep
	}
	head, err := w.one()
	if err != nil {
		return err
	}
	size := uint64(head >> 4)
	if size == 15 {
		if size, err = w.varint(); err != nil {
			return err
		}
	}
	if size > uint64(len(w.rest)) { // each takes a byte at least
		return errTooLarge
	}
	for range size {
		if err := w.value(head&0xf, deeper-1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) one() (byte, error) {
	if len(w.rest) == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	b := w.rest[0]
	w.rest = w.rest[1:]
	return b, nil
}

func (w *walker) varint() (uint64, error) {
	v, n := binary.Uvarint(w.rest)
	if n <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	w.rest = w.rest[n:]
	return v, nil
}

func (w *walker) skip(n uint64) error {
	if n > uint64(len(w.rest)) {
		return errTooLarge
	}
	w.rest = w.rest[n:]
	return nil
}
