package settings

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Mistake is one thing that is wrong with the settings, told so that the
// reader can mend it without looking anything up.
type Mistake struct {
	// Path is the key's path below context.datalock, such as
	// buckets.ai-dataset.retention.days.
	Path string
	// Value is the offending value as JSON, or empty where a key is missing.
	Value string
	// Allowed says what may stand there.
	Allowed string
	// Mend says what to do.
	Mend string
}

// Error returns the mistake as one line: path, value, what is allowed, mend.
func (m Mistake) Error() string {
	subject := m.Path
	if m.Value != "" {
		subject += " = " + m.Value
	}
	return subject + ": " + m.Allowed + "; " + m.Mend
}

// Mistakes are all that is wrong with one settings file, in the order of
// reading. It is an error only where it isn't empty: see [Mistakes.Err].
type Mistakes []Mistake

// Error returns one line for each mistake.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns the mistakes as an error, or nil where there are none.
func (ms Mistakes) Err() error {
	if len(ms) == 0 {
		return nil
	}
	return ms
}

func (ms *Mistakes) add(path, value, allowed, mend string) {
	*ms = append(*ms, Mistake{Path: path, Value: value, Allowed: allowed, Mend: mend})
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// longestShown is how many bytes of a text a message shows.
const longestShown = 80

// join appends a key to a path; a key that would make the path ambiguous is
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

// quote returns a string as it would stand in JSON, on one line, shortened
// where it is so long that it would hide the message behind it.
func quote(s string) string {
	if len(s) > longestShown {
		cut := longestShown
		for cut > 0 && s[cut]&0xC0 == 0x80 {
			cut--
		}
		return fmt.Sprintf("%s… (%d bytes)", strings.TrimSuffix(quote(s[:cut]), `"`), len(s))
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
