package rehearse

import (
	"encoding/json"
	"errors"
	"strings"
)

// A message is one line of what terraform says with -json.
// https://developer.hashicorp.com/terraform/internals/machine-readable-ui
type message struct {
	Type    string
	Changes struct {
		Operation string
		Add       int
	}
	Change struct {
		Action   string
		Resource struct{ Addr string }
	}
	// Hook is of a resource that was made.
	Hook struct {
		Resource struct{ Addr string }
		ID       string `json:"id_value"`
	}
	Outputs    map[string]output
	Diagnostic struct {
		Severity, Summary, Detail, Address string
	}
}

// An output is one of a stack; those that aren't strings read as "".
type output struct{ Value string }

// UnmarshalJSON implements [json.Unmarshaler].
func (o *output) UnmarshalJSON(text []byte) error {
	var any struct{ Value any }
	if err := json.Unmarshal(text, &any); err != nil {
		return err
	}
	o.Value, _ = any.Value.(string)
	return nil
}

// parse skips lines that are no message.
func parse(text string) []message {
	var all []message
	for line := range strings.Lines(text) {
		var m message
		if json.Unmarshal([]byte(line), &m) == nil && m.Type != "" {
			all = append(all, m)
		}
	}
	return all
}

// said returns the errors that terraform explained in its messages, or err
// where it explained none.
func said(text string, err error) error {
	var errs []error
	for _, m := range parse(text) {
		if d := m.Diagnostic; m.Type == "diagnostic" && d.Severity == "error" {
			line := d.Summary
			if d.Detail != "" {
				line += ": " + d.Detail
			}
			if d.Address != "" {
				line = d.Address + ": " + line
			}
			errs = append(errs, errors.New(strings.Join(strings.Fields(line), " ")))
		}
	}
	if len(errs) == 0 {
		return err
	}
	return errors.Join(errs...)
}
