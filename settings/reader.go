package settings

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A reader reads the known keys of a JSON object and reports wrong types. Keys
// that were not read are unknown: see done.
type reader struct {
	ms    *Mistakes
	path  string
	node  *node
	known []string
}

// read returns a reader of a value, which must be an object.
func read(ms *Mistakes, path string, n *node) (*reader, bool) {
	if n.kind != objectKind {
		ms.wrongType(path, n, objectKind, "write an object, { … }")
		return nil, false
	}
	for _, key := range n.twice {
		ms.add(join(path, key), "", "duplicate key", "keep only one")
	}
	return &reader{ms: ms, path: path, node: n}, true
}

func (ms *Mistakes) wrongType(path string, n *node, want kind, fix string) {
	if path == "" {
		path = "datalock"
	}
	ms.add(path, n.show(), fmt.Sprintf("must be %s, but is %s", want, n.kind), fix)
}

func (r *reader) report(found Mistakes) { *r.ms = append(*r.ms, found...) }

// field returns the value of a key, or nil, and records that the key is known.
func (r *reader) field(key string) *node {
	r.known = append(r.known, key)
	return r.node.fields[key]
}

// str reads a string that isn't empty.
func (r *reader) str(key string, into *string) {
	n := r.field(key)
	switch {
	case n == nil:
	case n.kind != stringKind:
		fix := "put it in quotes"
		if n.kind != numberKind {
			fix = "write a value in quotes, or remove the key"
		}
		r.ms.wrongType(join(r.path, key), n, stringKind, fix)
	case n.text == "":
		r.ms.add(join(r.path, key), `""`, "must not be empty", "write a value, or remove the key")
	default:
		*into = n.text
	}
}

func (r *reader) boolean(key string, into *bool) {
	switch n := r.field(key); {
	case n == nil:
	case n.kind != boolKind:
		r.ms.wrongType(join(r.path, key), n, boolKind, "write true or false without quotes")
	default:
		*into = n.boolean
	}
}

// integer reads a whole number and reports whether there is one. 9e1 and 90.0
// are whole: cdktf's command line passes them on as 90.
func (r *reader) integer(key string, into *int) bool {
	n := r.field(key)
	if n == nil {
		return false
	}
	path := join(r.path, key)
	if n.kind != numberKind {
		r.ms.wrongType(path, n, numberKind, "write a whole number without quotes")
		return false
	}
	value, err := strconv.ParseFloat(n.text, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || math.Abs(value) > 1<<31:
		r.ms.add(path, shorten(n.text), "is out of range", "write a number such as 90")
		return false
	case err != nil || value != math.Trunc(value):
		r.ms.add(path, shorten(n.text), "must be a whole number", "write it in digits, such as 90")
		return false
	}
	*into = int(value)
	return true
}

// strings reads an object whose values are strings, which may be empty.
func (r *reader) strings(key string) map[string]string {
	n := r.field(key)
	if n == nil {
		return nil
	}
	object, ok := read(r.ms, join(r.path, key), n)
	if !ok {
		return nil
	}
	values := map[string]string{}
	for _, name := range n.keys {
		if value := n.fields[name]; value.kind != stringKind {
			r.ms.wrongType(join(object.path, name), value, stringKind, "put it in quotes")
		} else {
			values[name] = value.text
		}
	}
	return values
}

// list reads a list of strings, which must not be empty.
func (r *reader) list(key string) []string {
	n := r.field(key)
	if n == nil {
		return nil
	}
	path := join(r.path, key)
	if n.kind != arrayKind {
		r.ms.wrongType(path, n, arrayKind, `write ["…", "…"]`)
		return nil
	}
	if len(n.items) == 0 {
		r.ms.add(path, "[]", "must not be empty", "write a value, or remove the key")
	}
	var values []string
	for i, item := range n.items {
		if item.kind != stringKind {
			r.ms.wrongType(element(path, i), item, stringKind, "put it in quotes")
			continue
		}
		values = append(values, item.text)
	}
	return values
}

// listOrNone reads a list of strings, which may be empty.
func (r *reader) listOrNone(key string) []string {
	if n := r.node.fields[key]; n != nil && n.kind == arrayKind && len(n.items) == 0 {
		r.known = append(r.known, key)
		return nil
	}
	return r.list(key)
}

// objects reads a list of objects.
func (r *reader) objects(key string) []*reader {
	n := r.field(key)
	if n == nil {
		return nil
	}
	path := join(r.path, key)
	if n.kind != arrayKind {
		r.ms.wrongType(path, n, arrayKind, `write [{ … }, { … }]`)
		return nil
	}
	var readers []*reader
	for i, item := range n.items {
		if nested, ok := read(r.ms, element(path, i), item); ok {
			readers = append(readers, nested)
		}
	}
	return readers
}

// object returns a reader of a nested object, or nil if there is none.
func (r *reader) object(key string) *reader {
	n := r.field(key)
	if n == nil {
		return nil
	}
	nested, _ := read(r.ms, join(r.path, key), n)
	return nested
}

// done reports every key that wasn't read, with a suggestion if it looks
// misspelled or misplaced.
func (r *reader) done() {
	for _, key := range r.node.keys {
		if slices.Contains(r.known, key) {
			continue
		}
		fix := "remove it, or use one of " + strings.Join(r.known, ", ")
		if home := homeOf(r.path, key); home != "" {
			fix = "it belongs in " + home
		} else if near := nearest(key, r.known); near != "" {
			fix = "did you mean " + quote(near) + "?"
		}
		r.ms.add(join(r.path, key), "", "unknown key", fix)
	}
}

// shorten shortens a long number, so that the rest of the message stays
// visible.
func shorten(number string) string {
	if len(number) > 40 {
		return number[:40] + "…"
	}
	return number
}
