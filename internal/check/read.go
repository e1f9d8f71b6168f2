package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"datalock/internal/plainjson"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Largest is the size limit of a file in bytes, about twenty times a plan of
// 10,000 resources.
const Largest = 1 << 30

// Read reads a plan (the output of `terraform show -json` or
// `tofu show -json`) or a synthesised stack. The error says why the file can't
// be judged, such as that it isn't JSON, isn't a plan, or is incomplete. With
// an error nothing was judged: callers must not treat it as a pass.
func Read(from io.Reader) (*Subject, error) {
	text, err := io.ReadAll(io.LimitReader(from, Largest+1))
	if err != nil {
		return nil, err
	}
	if len(text) > Largest {
		return nil, fmt.Errorf("larger than %d bytes", Largest)
	}
	return Decode(text)
}

// Decode is like [Read], for text in memory.
func Decode(text []byte) (*Subject, error) {
	text = plainjson.WithoutBOM(text)
	if err := recognise(text); err != nil {
		return nil, err
	}
	var d document
	if err := decode(text, &d); err != nil {
		return nil, err
	}
	s, err := d.subject()
	if err != nil {
		return nil, err
	}
	s.unread = d.unread()
	s.link()
	return s, nil
}

// document has the keys of both kinds of file.
type document struct {
	planDocument
	stackDocument
	// Rest has every other key.
	Rest map[string]jsontext.Value `json:",unknown"`
}

func (d document) subject() (*Subject, error) {
	if err := d.confused(); err != nil {
		return nil, err
	}
	switch {
	case d.FormatVersion != "":
		return d.plan()
	case d.Terraform != nil || d.Resource != nil:
		s, err := d.stack()
		if err == nil {
			s.markImported(d.Rest["import"])
		}
		return s, err
	}
	return nil, errors.New("neither a plan, as terraform show -json writes it, nor a synthesised stack")
}

// unread returns the keys of non-empty sections that this package doesn't know.
func (d document) unread() []string {
	known := harmlessInStacks
	if d.FormatVersion != "" {
		known = harmless
	}
	var keys []string
	for key, value := range d.Rest {
		if !slices.Contains(known, key) && !slices.Contains([]string{"null", "false", `""`, "[]", "{}"}, compact(value)) {
			keys = append(keys, key)
		}
	}
	return keys
}

// compact returns JSON without whitespace.
func compact(value jsontext.Value) string {
	copied := value.Clone()
	if copied.Compact() != nil {
		return string(value)
	}
	return string(copied)
}

func findUnread(s *Subject, found report) {
	for _, section := range s.unread {
		found(&resource{address: string(s.Kind) + "." + section},
			"this version of datalock doesn't know the section "+section+", and did not read it")
	}
}

// decode reads JSON strictly: duplicate keys, unpaired surrogates and trailing
// data are errors.
func decode(text []byte, into any) error {
	err := json.Unmarshal(text, into)
	if syntax := (*jsontext.SyntacticError)(nil); errors.As(err, &syntax) {
		at := min(int(syntax.ByteOffset), len(text))
		line := 1 + bytes.Count(text[:at], []byte("\n"))
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("the text ends too early, in line %d", line)
		case bytes.HasPrefix(text[at:], []byte("{")) && json.Unmarshal(text[:at], new(any)) == nil:
			return fmt.Errorf("several JSON objects, the second in line %d, as of several plans or stacks; "+
				"write each to its own file, as terragrunt run --all plan --json-out-dir FOLDER does", line)
		}
		if errors.Is(err, jsontext.ErrDuplicateName) || strings.Contains(syntax.Err.Error(), "max depth") {
			return fmt.Errorf("line %d: %s, which Terraform never writes", line, Printable(syntax.Err.Error()))
		}
		return fmt.Errorf("not JSON, line %d: %s", line, Printable(syntax.Err.Error()))
	}
	if semantic := (*json.SemanticError)(nil); errors.As(err, &semantic) {
		what := "has a value of the wrong type"
		if semantic.Err != nil {
			what = "has a value of the wrong type: " + semantic.Err.Error()
		}
		return errors.New(Printable(fmt.Sprintf("%s %s", place(semantic), what)))
	}
	return err
}

func place(e *json.SemanticError) string {
	if e.JSONPointer == "" {
		return "the file"
	}
	return string(e.JSONPointer)
}
