package adopt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"datalock/internal/plainjson"

	"github.com/go-json-experiment/json/jsontext"
)

// settingsPath is the path of the settings in cdktf.json.
var settingsPath = []string{"context", "datalock"}

// ErrThere is returned by [Insert] if the file already has the stack.
var ErrThere = errors.New("the stack is in the file already")

// Insert returns the text of a cdktf.json with a bucket added at the end of
// buckets. All other bytes stay as they are; the new lines are indented like their
// neighbours. A byte order mark stays too.
func Insert(text []byte, stack string, m Member) ([]byte, error) {
	plain := plainjson.WithoutBOM(text)
	added, err := insert(plain, stack, m)
	if err != nil {
		return nil, err
	}
	return slices.Concat(text[:len(text)-len(plain)], added), nil
}

func insert(text []byte, stack string, m Member) ([]byte, error) {
	value, err := plainjson.Compact(m)
	if err != nil {
		return nil, err
	}
	buckets, err := findObject(text, append(slices.Clone(settingsPath), "buckets")...)
	if err != nil {
		return nil, err
	}
	if buckets != nil {
		if slices.Contains(buckets.names, stack) {
			return nil, ErrThere
		}
		return buckets.with(text, stack, value), nil
	}
	datalock, err := findObject(text, settingsPath...)
	if err != nil {
		return nil, err
	}
	if datalock == nil {
		return nil, errors.New(`there are no settings: context has no object "datalock"; ` +
			`add "datalock": {"region": "us-east-1", "buckets": {}}`)
	}
	inner, err := plainjson.Compact(map[string]json.RawMessage{stack: value})
	if err != nil {
		return nil, err
	}
	return datalock.with(text, "buckets", inner), nil
}

// An object has the offsets of a JSON object in a text: after its opening brace, at
// its first name, after its last value and at its closing brace.
type object struct {
	open, first, last, end int
	names                  []string
}

// findObject finds the object at a path, nil if there is none.
func findObject(text []byte, path ...string) (*object, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	for _, name := range path {
		found, err := enter(dec, name)
		if err != nil {
			return nil, fmt.Errorf("read the file: %w", err)
		}
		if !found {
			return nil, nil
		}
	}
	if dec.PeekKind() != '{' {
		return nil, nil
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	o := &object{open: int(dec.InputOffset())}
	o.last = o.open
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("read the file: %w", err)
		}
		o.names = append(o.names, name.String())
		if err := dec.SkipValue(); err != nil {
			return nil, fmt.Errorf("read the file: %w", err)
		}
		o.last = int(dec.InputOffset())
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	o.end = int(dec.InputOffset()) - 1
	o.first = o.open + len(text[o.open:]) - len(bytes.TrimLeft(text[o.open:], " \t\r\n"))
	return o, nil
}

// enter reads up to the value of a member of the next object.
func enter(dec *jsontext.Decoder, member string) (bool, error) {
	if dec.PeekKind() != '{' {
		return false, nil
	}
	if _, err := dec.ReadToken(); err != nil {
		return false, err
	}
	for {
		name, err := dec.ReadToken()
		if err != nil || name.Kind() == '}' {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return false, err
		}
		if name.String() == member {
			return true, nil
		}
		if err := dec.SkipValue(); err != nil {
			return false, err
		}
	}
}

// with returns the text with a member added at the end of the object.
func (o *object) with(text []byte, name string, value json.RawMessage) []byte {
	quoted, _ := plainjson.Compact(name) // a string can always be written
	member := string(quoted) + ": "
	newline := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		newline = "\r\n"
	}
	indent, outer, several := o.indents(text)
	if !several {
		member += string(value)
		if len(o.names) > 0 {
			member = ", " + member
		}
		return slices.Concat(text[:o.last], []byte(member), text[o.last:])
	}
	var lines bytes.Buffer
	_ = json.Indent(&lines, value, indent, strings.TrimPrefix(indent, outer)) // it was just written
	member = newline + indent + member + strings.ReplaceAll(lines.String(), "\n", newline)
	if len(o.names) > 0 {
		return slices.Concat(text[:o.last], []byte(","+member), text[o.last:])
	}
	return slices.Concat(text[:o.open], []byte(member+newline+outer), text[o.end:])
}

// indents returns the indentation of the object's members and of its closing
// brace, and whether each is on a separate line.
func (o *object) indents(text []byte) (inner, outer string, several bool) {
	if len(o.names) > 0 {
		before := text[o.open:o.first]
		at := bytes.LastIndexByte(before, '\n')
		if at < 0 {
			return "", "", false
		}
		closing := text[o.last:o.end]
		return string(before[at+1:]), string(closing[bytes.LastIndexByte(closing, '\n')+1:]), true
	}
	line := text[bytes.LastIndexByte(text[:o.open], '\n')+1 : o.open]
	outer = string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
	unit := "  "
	if at := bytes.IndexByte(text, '\n'); at >= 0 {
		next := text[at+1:]
		if space := next[:len(next)-len(bytes.TrimLeft(next, " \t"))]; len(space) > 0 {
			unit = string(space)
		}
	}
	return outer + unit, outer, bytes.Contains(text, []byte("\n"))
}
