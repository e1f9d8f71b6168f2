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
func Line(text string) string {
	var b strings.Builder
	for i, r := range text {
		_, width := utf8.DecodeRuneInString(text[i:])
		if strconv.IsGraphic(r) && (r != utf8.RuneError || width > 1) {
			b.WriteString(text[i : i+width])
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteToGraphic(text[i:i+width]), `"`))
	}
	return b.String()
}

// Lines returns a text of several lines with the escapes of [Line], but for line ends and
// tabs.
func Lines(text string) string {
	parts := strings.SplitAfter(text, "\n")
	for i, part := range parts {
		line, end := strings.CutSuffix(part, "\n")
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			cells[j] = Line(cell)
		}
		if parts[i] = strings.Join(cells, "\t"); end {
			parts[i] += "\n"
		}
	}
	return strings.Join(parts, "")
}
