package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Largest is the largest file in bytes that is read: some twenty times a plan
// of 10,000 resources.
const Largest = 1 << 30

// Read reads a plan, as `terraform show -json` and `tofu show -json` write it,
// or a synthesised stack. The error says why the file can't be judged: it isn't
// JSON, or not that of a plan, or a plan that isn't whole. Where there is an
// error nothing was judged, and nobody may take that for a pass.
func Read(from io.Reader) (*Subject, error) {
	text, err := io.ReadAll(io.LimitReader(from, Largest+1))
	if err != nil {
		return nil, err
	}
	if len(text) > Largest {
		return nil, fmt.Errorf("it is larger than %d bytes", Largest)
	}
	return Decode(text)
}

// Decode is [Read] for text that is in memory.
func Decode(text []byte) (*Subject, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if err := recognise(text); err != nil {
		return nil, err
	}
	var d document
	if err := decode(text, &d); err != nil {
		return nil, err
	}
	var s *Subject
	var err error
	switch {
	case d.FormatVersion != "":
		s, err = d.plan()
	case d.Terraform != nil || d.Resource != nil:
		s, err = d.stack()
	default:
		err = errors.New("it is neither a plan, as terraform show -json writes it, nor a synthesised stack")
	}
	if err != nil {
		return nil, err
	}
	s.link()
	return s, nil
}

// document has the keys of both kinds of file. What isn't named here is held
// to be JSON, and skipped.
type document struct {
	planDocument
	stackDocument
}

// recognise finds the files that people hand over in place of a plan's JSON.
func recognise(text []byte) error {
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return errors.New("it is empty: the command that should have written it may have failed")
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return errors.New("it is a saved plan; write it as JSON with terraform show -json FILE")
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return errors.New("it is UTF-16, as PowerShell's > writes it, and JSON is UTF-8; use | Out-File -Encoding utf8")
	case bytes.HasPrefix(text, []byte(`{"@level"`)):
		return errors.New("it is the log of a command with -json; save the plan with -out=FILE and write it with terraform show -json FILE")
	case bytes.TrimLeft(text, " \t\r\n")[0] != '{':
		return errors.New("it is no JSON object, and so no plan; write one with terraform show -json FILE")
	}
	return nil
}

// decode reads JSON as strictly as there is: a key that stands twice, in any
// object, an unpaired surrogate or anything behind the last brace is an error.
func decode(text []byte, into any) error {
	err := json.Unmarshal(text, into)
	if syntax := (*jsontext.SyntacticError)(nil); errors.As(err, &syntax) {
		line := 1 + bytes.Count(text[:min(int(syntax.ByteOffset), len(text))], []byte("\n"))
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("it ends too early, in line %d", line)
		}
		return fmt.Errorf("it is not JSON, line %d: %s", line, printable(syntax.Err.Error()))
	}
	if semantic := (*json.SemanticError)(nil); errors.As(err, &semantic) {
		what := "holds what can't stand there"
		if semantic.Err != nil {
			what = "holds what can't stand there: " + semantic.Err.Error()
		}
		return errors.New(printable(fmt.Sprintf("%s %s", place(semantic), what)))
	}
	return err
}

func place(e *json.SemanticError) string {
	if e.JSONPointer == "" {
		return "it"
	}
	return string(e.JSONPointer)
}
