// Package printable makes a line of text from parts that others wrote: a key or a file's
// name could otherwise end the line, write another one, or move the cursor.
package printable

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Line returns a text with Go's escapes for everything that isn't a printing character:
// control characters, line and paragraph separators, marks of the direction of text and
// bytes that aren't UTF-8.
func Line(text string) string { return escaped(text, "") }

// Lines returns a text of several lines with the escapes of [Line], but for line ends and
// tabs.
func Lines(text string) string { return escaped(text, "\n\t") }

// escaped returns a text with escapes, but for the characters in kept.
func escaped(text, kept string) string {
	var b strings.Builder
	for i, r := range text {
		_, width := utf8.DecodeRuneInString(text[i:])
		if strings.ContainsRune(kept, r) || strconv.IsGraphic(r) && (r != utf8.RuneError || width > 1) {
			b.WriteString(text[i : i+width])
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteToGraphic(text[i:i+width]), `"`))
	}
	return b.String()
}
