package settings

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A reader takes the known keys out of a JSON object, and notes as mistakes
// what is of another type. What no one asked for is unknown: see done.
type reader struct {
	ms    *Mistakes
	path  string
	node  *node
	known []string
}

// read starts reading a value that must be an object.
func read(ms *Mistakes, path string, n *node) (*reader, bool) {
	if n.kind != objectKind {
		ms.wrongType(path, n, objectKind, "write { … } with the keys that belong there")
		return nil, false
	}
	for _, key := range n.twice {
		ms.add(join(path, key), "", "stands there more than once, and only one can count", "remove all but one")
	}
	return &reader{ms: ms, path: path, node: n}, true
}

func (ms *Mistakes) wrongType(path string, n *node, want kind, mend string) {
	if path == "" {
		path = "datalock"
	}
	ms.add(path, n.show(), fmt.Sprintf("must be %s, but is %s", want, n.kind), mend)
}

// field returns the value of a key, which thereby is a known one, or nil.
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
		mend := "put it in quotes"
		if n.kind != numberKind {
			mend = "write a value in quotes, or leave the key out"
		}
		r.ms.wrongType(join(r.path, key), n, stringKind, mend)
	case n.text == "":
		r.ms.add(join(r.path, key), `""`, "must not be empty", "write a value, or leave the key out")
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
		*into = n.truth
	}
}

// integer reads a whole number and reports whether one stood there. 9e1 and
// 90.0 are whole: cdktf's command line hands them on as 90.
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
	if err != nil || value != math.Trunc(value) || math.Abs(value) > 1<<31 {
		r.ms.add(path, shorten(n.text), "must be a whole number", "write it in digits, such as 90")
		return false
	}
	*into = int(value)
	return true
}

// strings reads an object whose values are all strings, empty ones included.
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
		r.ms.add(path, "[]", "must not be empty", "write a value, or leave the key out")
	}
	var values []string
	for i, item := range n.items {
		if item.kind != stringKind {
			r.ms.wrongType(path+"["+strconv.Itoa(i)+"]", item, stringKind, "put it in quotes")
			continue
		}
		values = append(values, item.text)
	}
	return values
}

// object reads a nested object; nil where there is none.
func (r *reader) object(key string) *reader {
	n := r.field(key)
	if n == nil {
		return nil
	}
	nested, _ := read(r.ms, join(r.path, key), n)
	return nested
}

// done notes every key that nobody asked for, with the nearest known one.
func (r *reader) done() {
	for _, key := range r.node.keys {
		if slices.Contains(r.known, key) {
			continue
		}
		mend := "remove it, or use one of " + strings.Join(r.known, ", ")
		if home := homeOf(key); home != "" {
			mend = "it belongs into " + home
		} else if near := nearest(key, r.known); near != "" {
			mend = "did you mean " + quote(near) + "?"
		}
		r.ms.add(join(r.path, key), "", "unknown key", mend)
	}
}

// shorten keeps a long number from hiding the message behind it.
func shorten(number string) string {
	if len(number) > 40 {
		return number[:40] + "…"
	}
	return number
}
