package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"datalock/internal/plainjson"
)

// deepest is the limit for nested JSON: far more than settings need, and far
// less than exhausts the stack.
const deepest = 64

// ErrNested is returned if the text is nested too deeply to be read, settings or
// not.
var ErrNested = fmt.Errorf("nested more than %d levels deep; remove levels", deepest)

// A node is a JSON value. Unlike encoding/json it keeps the order of keys and
// the duplicate keys.
type node struct {
	kind    kind
	raw     []byte // as it is in the file
	text    string // of a string or a number
	boolean bool
	keys    []string // of an object, in the order of the file, each once
	fields  map[string]*node
	twice   []string // duplicate keys
	items   []*node  // of an array
}

type kind string

const (
	objectKind kind = "an object"
	arrayKind  kind = "a list"
	stringKind kind = "a string"
	numberKind kind = "a number"
	boolKind   kind = "true or false"
	nullKind   kind = "null"
)

// SyntaxError is returned if the text isn't JSON.
type SyntaxError struct {
	// Line is the line of the error, counted from 1.
	Line int
	// Reason is the JSON decoder's message.
	Reason string
}

// Error returns the line and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON, line %d: %s", e.Line, e.Reason)
}

// parse reads one JSON value, and refuses anything after it.
func parse(text []byte) (*node, error) {
	text = plainjson.WithoutBOM(text)
	line := func(offset int) int { return 1 + bytes.Count(text[:min(offset, len(text))], []byte("\n")) }
	fail := func(offset int, reason string) error { return &SyntaxError{Line: line(offset), Reason: reason} }
	if !utf8.Valid(text) {
		return nil, fail(firstInvalid(text), "the text is not UTF-8")
	}
	// Check the whole text first: reading it token by token finds errors later
	// and describes them less clearly.
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &syntax) {
		if strings.Contains(syntax.Error(), "max depth") {
			return nil, fmt.Errorf("line %d: %w", line(int(syntax.Offset)), ErrNested)
		}
		return nil, fail(int(syntax.Offset), syntax.Error())
	} else if err != nil {
		return nil, fail(0, err.Error())
	}
	p := parser{json.NewDecoder(bytes.NewReader(text)), text}
	p.UseNumber()
	n, err := p.value(0)
	if errors.Is(err, ErrNested) {
		return nil, fmt.Errorf("line %d: %w", line(int(p.InputOffset())), err)
	}
	if err != nil {
		return nil, fail(int(p.InputOffset()), err.Error())
	}
	return n, nil
}

// A parser reads JSON token by token.
type parser struct {
	*json.Decoder
	text []byte
}

func firstInvalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// value reads a value, and keeps its text.
func (p parser) value(depth int) (*node, error) {
	from := p.InputOffset()
	n, err := p.parse(depth)
	if err == nil {
		// The decoder also reads the separators before a value.
		n.raw = bytes.TrimLeft(p.text[from:p.InputOffset()], " \t\r\n:,")
	}
	return n, err
}

func (p parser) parse(depth int) (*node, error) {
	token, err := p.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if depth >= deepest {
			return nil, ErrNested
		}
		if t == '{' {
			return p.object(depth)
		}
		return p.array(depth)
	case string:
		return &node{kind: stringKind, text: t}, nil
	case json.Number:
		return &node{kind: numberKind, text: t.String()}, nil
	case bool:
		return &node{kind: boolKind, boolean: t}, nil
	default:
		return &node{kind: nullKind}, nil
	}
}

func (p parser) object(depth int) (*node, error) {
	n := &node{kind: objectKind, fields: map[string]*node{}}
	for p.More() {
		token, err := p.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string) // the decoder accepts nothing else as a key
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, known := n.fields[key]; known {
			if !slices.Contains(n.twice, key) {
				n.twice = append(n.twice, key)
			}
		} else {
			n.keys = append(n.keys, key)
		}
		n.fields[key] = value
	}
	_, err := p.Token() // the closing brace
	return n, err
}

func (p parser) array(depth int) (*node, error) {
	n := &node{kind: arrayKind}
	for p.More() {
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, value)
	}
	_, err := p.Token() // the closing bracket
	return n, err
}

// value returns the value as encoding/json decodes it. Its text was already
// validated.
func (n *node) value() (decoded any) {
	_ = json.Unmarshal(n.raw, &decoded)
	return decoded
}

// show returns the value for a message: short and on one line.
func (n *node) show() string {
	switch n.kind {
	case stringKind:
		return quote(n.text)
	case numberKind:
		return n.text
	case boolKind:
		return fmt.Sprint(n.boolean)
	case objectKind:
		return "{…}"
	case arrayKind:
		return "[…]"
	default:
		return "null"
	}
}
