package rehearse

import (
	"encoding/json"
	"errors"
	"strings"
)

// A message is one line of the output of terraform with -json.
// https://developer.hashicorp.com/terraform/internals/machine-readable-ui
type message struct {
	Type    string
	Changes struct {
		Operation string
		changeCounts
	}
	Change struct {
		Action   string
		Resource struct{ Addr string }
	}
	// Hook describes a resource that was created.
	Hook struct {
		Resource struct{ Addr string }
		ID       string `json:"id_value"`
	}
	Outputs    map[string]output
	Diagnostic struct {
		Severity, Summary, Detail, Address string
	}
}

// changeCounts are the numbers of resources that an apply did something to.
type changeCounts struct{ Add, Change, Import, Remove int }

// An output is a stack's output, or "" if it isn't a string.
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

// parse skips lines that aren't messages.
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

// said returns the errors in terraform's messages, or err if there are none.
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
