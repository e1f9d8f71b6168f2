package iampolicy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Document is an IAM policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type Document struct {
	Version    string
	ID         string `json:"Id"`
	Statements list   `json:"Statement"`
}

// Statement is one of a policy's. Of each pair with a Not, one is empty.
type Statement struct {
	Sid          string
	Effect       string
	Principal    principals
	NotPrincipal principals
	Action       values
	NotAction    values
	Resource     values
	NotResource  values
	// Condition maps operators to keys to values. All of them have to hold.
	Condition map[string]map[string]values
}

// Parse reads a policy document. It is strict: what AWS would refuse, or take
// in another way than it reads, is an error.
func Parse(text string) (Document, error) {
	var d Document
	if err := json.Unmarshal([]byte(text), &d, json.RejectUnknownMembers(true)); err != nil {
		return d, fmt.Errorf("read a policy document: %w", err)
	}
	switch d.Version {
	case "":
		d.Version = oldVersion
	case oldVersion, "2012-10-17":
	default:
		return d, fmt.Errorf("the version %q is unknown", d.Version)
	}
	if len(text) > longest {
		return d, errors.New("the policy is longer than AWS takes")
	}
	sids, atoms := map[string]bool{}, 0
	for i, s := range d.Statements {
		name := s.name(i)
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return d, fmt.Errorf("statement %s: the effect %q is neither Allow nor Deny", name, s.Effect)
		case len(s.Action) > 0 == (len(s.NotAction) > 0):
			return d, fmt.Errorf("statement %s: needs either actions or NotAction", name)
		case len(s.Resource) > 0 == (len(s.NotResource) > 0):
			return d, fmt.Errorf("statement %s: needs either resources or NotResource", name)
		case len(s.Principal) > 0 == (len(s.NotPrincipal) > 0):
			return d, fmt.Errorf("statement %s: needs either principals or NotPrincipal", name)
		case atoms+s.atoms() > mostAtoms:
			return d, fmt.Errorf("statement %s: is too large to be compared, with those before it", name)
		case s.Sid != "" && sids[s.Sid]:
			return d, fmt.Errorf("statement %s: the Sid is there twice", name)
		}
		sids[s.Sid] = true
		if atoms += s.atoms(); atoms*len(d.Statements) > mostSteps {
			return d, fmt.Errorf("statement %s: there is too much to be compared", name)
		}
	}
	return d, nil
}

// What a document may have: some hundred times as much as real ones, and
// little enough to be compared in no time. AWS takes 32 KB of a key's policy,
// and 20 KB of a bucket's, white space aside.
const (
	longest   = 64 << 10
	mostAtoms = 100_000
	mostSteps = 10_000_000
)

// oldVersion is that of a document which names none.
const oldVersion = "2008-10-17"

// Variables reports whether there may be a policy variable anywhere, which
// only the newer version knows.
func (d Document) Variables() bool {
	has := func(all []string) bool {
		return slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "${") })
	}
	for _, s := range d.Statements {
		for _, all := range [][]string{s.Principal, s.NotPrincipal, s.Action, s.NotAction, s.Resource, s.NotResource} {
			if has(all) {
				return true
			}
		}
		for _, keys := range s.Condition {
			for key, wanted := range keys {
				if has([]string{key}) || has(wanted) {
					return true
				}
			}
		}
	}
	return false
}

func (s Statement) atoms() int {
	return max(1, len(s.Action)) * max(1, len(s.Resource)) * max(1, len(s.Principal))
}

// list is one statement or several.
type list []Statement

// UnmarshalJSONFrom reads both forms.
func (l *list) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '{' {
		*l = make(list, 1)
		return json.UnmarshalDecode(dec, &(*l)[0])
	}
	return json.UnmarshalDecode(dec, (*[]Statement)(l))
}

// values is one value or several, as strings: AWS takes numbers and truth
// values for the strings that they are written as.
type values []string

// UnmarshalJSONFrom reads both forms.
func (v *values) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '[' {
		text, err := scalar(dec)
		*v = values{text}
		return err
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		text, err := scalar(dec)
		if err != nil {
			return err
		}
		*v = append(*v, text)
	}
	_, err := dec.ReadToken()
	return err
}

func scalar(dec *jsontext.Decoder) (string, error) {
	token, err := dec.ReadToken()
	if err != nil {
		return "", err
	}
	switch token.Kind() {
	case '"', '0', 't', 'f':
		return token.String(), nil
	}
	return "", errors.New("a value is neither a string, a number nor true or false")
}

// principals are written "TYPE:ID", and "*" for everybody.
type principals []string

// UnmarshalJSONFrom reads "*" and an object of types. In a policy of a
// resource {"AWS": "*"} means the same as "*".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
func (p *principals) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		text, err := scalar(dec)
		if err == nil && text != "*" {
			err = fmt.Errorf("the principal %q is neither \"*\" nor an object", text)
		}
		*p = principals{text}
		return err
	}
	var types map[string]values
	if err := json.UnmarshalDecode(dec, &types); err != nil {
		return err
	}
	for kind, ids := range types {
		for _, id := range ids {
			if kind == "AWS" && id == "*" {
				*p = append(*p, "*")
			} else {
				*p = append(*p, kind+":"+id)
			}
		}
	}
	slices.Sort(*p)
	return nil
}
