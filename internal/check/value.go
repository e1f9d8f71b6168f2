package check

import (
	"math"
	"strconv"
	"strings"
)

// object is a JSON object of a plan or a stack. Its shape isn't trusted: the
// functions here treat a value of the wrong type as absent.
type object = map[string]any

// at returns the value at a path of keys, or nil. A plan has a nested block as
// a list, of which the first element is taken; a stack may have the block itself.
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

// boolAt reports whether a value is true or, as HCL allows, "true".
func boolAt(value any, path ...string) bool {
	v := at(value, path...)
	return v == true || v == "true"
}

// number returns a number, or 0. No number that is read can be 0.
func number(value any, path ...string) float64 {
	switch v := at(value, path...).(type) {
	case float64:
		return v
	case string:
		if n, err := strconv.ParseFloat(v, 64); err == nil && !math.IsNaN(n) {
			return n
		}
	}
	return 0
}

// blocks returns the nested blocks at a path, whether a list or a single block.
func blocks(value any, path ...string) []any {
	switch v := at(value, path...).(type) {
	case []any:
		return v
	case object:
		return []any{v}
	}
	return nil
}

// hasTrue reports whether a tree such as after_unknown has a true.
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

// Printable returns text from a plan or a server as one line without control
// characters, of at most 600 bytes, for terminals and logs. GitHub's runner runs
// ##[command] anywhere in a line, so a character without width separates its signs.
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
	return strings.ReplaceAll(s, "##[", "##\u200b[")
}
