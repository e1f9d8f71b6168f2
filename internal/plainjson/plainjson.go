// Package plainjson writes JSON that people read and search: without the escapes
// of <, > and & that encoding/json writes for web pages. It also has the rule
// for a byte order mark before JSON.
package plainjson

import (
	"bytes"
	"encoding/json"
)

// Compact returns a value as JSON on one line, without a newline at its end.
func Compact(v any) ([]byte, error) {
	text, err := encode(v, "")
	return bytes.TrimSuffix(text, []byte("\n")), err
}

// Indented returns a value as JSON with two spaces for each level, and a newline
// at its end.
func Indented(v any) ([]byte, error) { return encode(v, "  ") }

func encode(v any, indent string) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// WithoutBOM returns a text without the byte order mark that some editors and
// PowerShell write before JSON. JSON itself has none (RFC 8259, section 8.1).
func WithoutBOM(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) }
