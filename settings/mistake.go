package settings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"datalock/internal/plainjson"
)

// A Mistake is one error in the settings. It tells the reader everything that
// is needed to fix it.
type Mistake struct {
	// Path is the key's path below context.datalock, such as
	// buckets.ai-dataset.retention.days.
	Path string
	// Value is the wrong value as JSON, or empty if the key is missing.
	Value string
	// Allowed says which values are allowed.
	Allowed string
	// Fix says what to do.
	Fix string
}

// Error returns the mistake on one line: path, value, what is allowed, fix.
func (m Mistake) Error() string {
	subject := m.Path
	if m.Value != "" {
		subject += " = " + m.Value
	}
	return subject + ": " + m.Allowed + "; " + m.Fix
}

// Mistakes are all the errors in one settings file, in the order in which they
// were found. Use [Mistakes.Err] to return them: an empty list isn't an error.
type Mistakes []Mistake

// Error returns one line for each mistake.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns the mistakes as an error, or nil if there are none.
func (ms Mistakes) Err() error {
	if len(ms) == 0 {
		return nil
	}
	return ms
}

func (ms *Mistakes) add(path, value, allowed, fix string) {
	*ms = append(*ms, Mistake{Path: path, Value: value, Allowed: allowed, Fix: fix})
}

// mistake returns a list with one mistake.
func mistake(path, value, allowed, fix string) Mistakes {
	return Mistakes{{Path: path, Value: value, Allowed: allowed, Fix: fix}}
}

// lengthRule returns "" if a text has from least to most characters, and
// otherwise how long it is and what is allowed.
func lengthRule(text string, least, most int) string {
	if n := utf8.RuneCountInString(text); n >= least && n <= most {
		return ""
	}
	return fmt.Sprintf("is %s long, but must be %d to %d", characters(text), least, most)
}

func characters(text string) string {
	if n := utf8.RuneCountInString(text); n != 1 {
		return fmt.Sprintf("%d characters", n)
	}
	return "1 character"
}

// validateChoice checks a value against a list of choices. The fix is the
// choice that a misspelled value most likely means, or else the given one.
func validateChoice[T ~string](path string, value T, choices []T, fix string) Mistakes {
	if slices.Contains(choices, value) {
		return nil
	}
	names := make([]string, len(choices))
	for i, choice := range choices {
		names[i] = string(choice)
	}
	last := len(names) - 1
	allowed := "must be " + strings.Join(names[:last], ", ") + " or " + names[last]
	if near := nearest(string(value), names); near != "" {
		fix = "did you mean " + quote(near) + "?"
	}
	return mistake(path, quote(string(value)), allowed, fix)
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// longestShown is the number of bytes of a text that a message shows.
const longestShown = 80

// join appends a key to a path. A key that would make the path ambiguous is
// quoted, as in buckets["a.b"].
func join(path, key string) string {
	switch {
	case !plainKey.MatchString(key) || len(key) > longestShown:
		return path + "[" + quote(key) + "]"
	case path == "":
		return key
	default:
		return path + "." + key
	}
}

// element returns the path of a list's element.
func element(path string, i int) string {
	return path + "[" + strconv.Itoa(i) + "]"
}

// quote returns a string as JSON on one line. A long one is shortened, so that
// the rest of the message stays visible.
func quote(s string) string {
	if len(s) > longestShown {
		cut := longestShown
		for cut > 0 && s[cut]&0xC0 == 0x80 {
			cut--
		}
		return fmt.Sprintf("%s… (%d bytes)", strings.TrimSuffix(quote(s[:cut]), `"`), len(s))
	}
	text, err := plainjson.Compact(s)
	if err != nil {
		return strconv.Quote(s)
	}
	return string(text)
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
