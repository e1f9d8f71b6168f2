// Package policy is the data of an IAM policy document: its types, and how they
// are written and read. It judges nothing.
//
// [Document] is written in the form in which AWS returns it, and read in every
// form that AWS accepts. The construct, the roles, the gate, the trials and the
// datasets all use it; other packages, such as internal/check/iampolicy, decide
// what a policy means.
package policy

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Version is that of the policy language; only this one knows policy variables.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
const Version = "2012-10-17"

// Everybody is the principal "*".
const Everybody = "*"

// A Document is an IAM policy: of a bucket, a key, or a role.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type Document struct {
	Version   string     `json:",omitempty"`
	ID        string     `json:"Id,omitempty"`
	Statement Statements `json:",omitempty"`
}

// A Statement allows or denies. Of each pair with a Not, one is empty.
type Statement struct {
	Sid          string     `json:",omitempty"`
	Effect       string     `json:",omitempty"`
	Principal    Principals `json:",omitempty"`
	NotPrincipal Principals `json:",omitempty"`
	Action       Values     `json:",omitempty"`
	NotAction    Values     `json:",omitempty"`
	Resource     Values     `json:",omitempty"`
	NotResource  Values     `json:",omitempty"`
	Condition    Conditions `json:",omitempty"`
}

// Conditions map operators to condition keys to values. All of them must hold.
type Conditions map[string]map[string]Values

// Statements are those of a document, in its order.
type Statements []Statement

// Values are one or more strings.
type Values []string

// Principals are written "TYPE:ID", as in "AWS:arn:aws:iam::012345678901:root",
// and [Everybody].
type Principals []string

// String returns the policy as JSON on one line. The same document always gives
// the same text.
func (d Document) String() string { return d.text() }

// Indented returns the policy as people read it: on several lines, and with
// every action and resource in a list.
func (d Document) Indented() string {
	lists := json.MarshalToFunc(func(enc *jsontext.Encoder, v Values) error {
		return json.MarshalEncode(enc, []string(v))
	})
	return d.text(jsontext.WithIndent("  "), json.WithMarshalers(lists))
}

func (d Document) text(options ...json.Options) string {
	text, err := json.Marshal(d, append(options, json.Deterministic(true))...)
	if err != nil {
		panic(err) // strings can always be written
	}
	return string(text)
}

// Read reads a document. Elements that it doesn't know are ignored, unless the
// options say otherwise. It returns an error if the text isn't JSON, or an
// element has a form that AWS doesn't accept.
func Read(text string, options ...json.Options) (Document, error) {
	var d Document
	if err := json.Unmarshal([]byte(text), &d, options...); err != nil {
		return d, fmt.Errorf("read a policy document: %w", err)
	}
	return d, nil
}
