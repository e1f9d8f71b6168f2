package check

import (
	"fmt"
	"math"
	"strings"
)

// object is a JSON object as a plan or a stack has it. Nothing in it can be
// relied on: every access goes through the functions here, and what isn't
// there or of another type is as good as absent.
type object = map[string]any

// at follows a path of keys. Terraform writes a nested block as a list, which
// for these resources has one element; a stack may have the block itself.
func at(value any, path ...string) any {
	for _, key := range path {
		if list, ok := value.([]any); ok {
			if len(list) == 0 {
				return nil
			}
			value = list[0]
		}
		nested, ok := value.(object)
		if !ok {
			return nil
		}
		value = nested[key]
	}
	return value
}

// text returns a string, or "".
func text(value any, path ...string) string {
	s, _ := at(value, path...).(string)
	return s
}

// texts returns the strings of a list.
func texts(list any) []string {
	items, _ := list.([]any)
	var all []string
	for _, item := range items {
		if s, is := item.(string); is {
			all = append(all, s)
		}
	}
	return all
}

// boolAt returns true for true, and as HCL does for "true".
func boolAt(value any, path ...string) bool {
	v := at(value, path...)
	return v == true || v == "true"
}

// number returns a number, or 0, which none of the numbers that matter is.
func number(value any, path ...string) float64 {
	switch v := at(value, path...).(type) {
	case float64:
		return v
	case string:
		var n float64
		if _, err := fmt.Sscanf(v, "%g", &n); err == nil && !math.IsNaN(n) {
			return n
		}
	}
	return 0
}

// blocks returns the nested blocks below a key, whichever way they are written.
func blocks(value any, path ...string) []any {
	switch v := at(value, path...).(type) {
	case []any:
		return v
	case object:
		return []any{v}
	}
	return nil
}

// hasTrue reports whether a tree of booleans, such as after_unknown, has a
// true one.
func hasTrue(tree any) bool {
	switch v := tree.(type) {
	case bool:
		return v
	case []any:
		for _, item := range v {
			if hasTrue(item) {
				return true
			}
		}
	case object:
		for _, item := range v {
			if hasTrue(item) {
				return true
			}
		}
	}
	return false
}

// Printable makes what comes from a plan or a server fit for a terminal and a
// log: one line, no control characters, not endless.
func Printable(s string) string {
	const longest = 600
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' ||
			r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd'
		}
		return r
	}, s)
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}
