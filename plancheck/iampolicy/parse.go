package iampolicy

import (
	"errors"
	"fmt"
	"slices"

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
	sids := map[string]bool{}
	for i, s := range d.Statements {
		name := s.Sid
		if name == "" {
			name = fmt.Sprintf("number %d", i+1)
		}
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return d, fmt.Errorf("statement %s: the effect %q is neither Allow nor Deny", name, s.Effect)
		case len(s.Action) > 0 == (len(s.NotAction) > 0):
			return d, fmt.Errorf("statement %s: needs either actions or NotAction", name)
		case len(s.Resource) > 0 == (len(s.NotResource) > 0):
			return d, fmt.Errorf("statement %s: needs either resources or NotResource", name)
		case len(s.Principal) > 0 == (len(s.NotPrincipal) > 0):
			return d, fmt.Errorf("statement %s: needs either principals or NotPrincipal", name)
		case s.atoms() > mostAtoms:
			return d, fmt.Errorf("statement %s: is too large to be compared", name)
		case s.Sid != "" && sids[s.Sid]:
			return d, fmt.Errorf("statement %s: the Sid stands there twice", name)
		}
		sids[s.Sid] = true
	}
	return d, nil
}

// mostAtoms is how many atoms a statement may have: some hundred times as many
// as real ones, and few enough to be compared in no time.
const mostAtoms = 100_000

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
