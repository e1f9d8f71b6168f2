package adopt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"datalock/internal/plainjson"
)

// Schema is the version of the JSON form of a [Report].
const Schema = 1

// A Report describes a bucket and what its adoption does.
type Report struct {
	Schema int       `json:"schema"`
	Read   time.Time `json:"read"`
	// Stack is the name of the stack; Declared is set if the settings already have
	// it.
	Stack    string `json:"stack"`
	Declared bool   `json:"declared"`
	Lists
	// Unknown are the parts that couldn't be read.
	Unknown []Unknown `json:"unknown"`
	// Settings are the bucket's settings as --write adds them to cdktf.json; nil
	// if the stack is already declared.
	Settings *Member `json:"settings,omitempty"`
	// Mistakes are mistakes in the settings with the bucket added.
	Mistakes []string `json:"mistakes"`
	// Bucket is the bucket as it was read.
	Bucket Existing `json:"bucket"`
}

// WriteJSON writes the report as JSON, without null values.
func (r Report) WriteJSON(w io.Writer) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var whole map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&whole); err != nil {
		return err
	}
	withoutNull(whole)
	if text, err = plainjson.Indented(whole); err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// withoutNull removes null members. The SDK's types have many.
func withoutNull(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, one := range v {
			if one == nil {
				delete(v, key)
			}
			withoutNull(one)
		}
	case []any:
		for _, one := range v {
			withoutNull(one)
		}
	}
}

// ReadReport reads the JSON form of a report.
func ReadReport(text []byte) (Report, error) {
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("it isn't the JSON of datalock adopt: %w", err)
	}
	switch {
	case r.Schema == 0 || r.Bucket.Bucket == "":
		return r, fmt.Errorf("it isn't the JSON of datalock adopt: it has no schema or no bucket")
	case r.Schema != Schema:
		return r, fmt.Errorf("it has schema %d, and this datalock reads %d; make it again with datalock adopt --json",
			r.Schema, Schema)
	case len(r.Unknown) > 0:
		return r, fmt.Errorf("it lacks what couldn't be read: %s: %s; make it again with the permission",
			r.Unknown[0].Part, r.Unknown[0].Reason)
	}
	return r, nil
}
