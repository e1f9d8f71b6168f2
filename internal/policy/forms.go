package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// UnmarshalJSONFrom reads one statement or a list of them.
func (s *Statements) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '{' {
		*s = make(Statements, 1)
		return json.UnmarshalDecode(dec, &(*s)[0])
	}
	return json.UnmarshalDecode(dec, (*[]Statement)(s))
}

// MarshalJSONTo writes one value as a string, more as a list.
func (v Values) MarshalJSONTo(enc *jsontext.Encoder) error {
	if len(v) == 1 {
		return enc.WriteToken(jsontext.String(v[0]))
	}
	return json.MarshalEncode(enc, []string(v))
}

// UnmarshalJSONFrom reads one value or a list of them. AWS accepts numbers,
// true and false for the strings that they are written as.
func (v *Values) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '[' {
		text, err := scalar(dec)
		*v = Values{text}
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

// MarshalJSONTo writes "*", or an object of types.
func (p Principals) MarshalJSONTo(enc *jsontext.Encoder) error {
	if slices.Equal(p, Principals{Everybody}) {
		return enc.WriteToken(jsontext.String(Everybody))
	}
	types := map[string]Values{}
	for _, principal := range p {
		kind, id, found := strings.Cut(principal, ":")
		if !found {
			kind, id = "AWS", principal
		}
		types[kind] = append(types[kind], id)
	}
	return json.MarshalEncode(enc, types)
}

// UnmarshalJSONFrom reads "*" and an object of types, into sorted principals. In
// a policy of a resource {"AWS": "*"} means the same as "*".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
func (p *Principals) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		text, err := scalar(dec)
		if err == nil && text != Everybody {
			err = fmt.Errorf("the principal %q is neither \"*\" nor an object", text)
		}
		*p = Principals{text}
		return err
	}
	var types map[string]Values
	if err := json.UnmarshalDecode(dec, &types); err != nil {
		return err
	}
	for kind, ids := range types {
		for _, id := range ids {
			if kind == "AWS" && id == Everybody {
				*p = append(*p, Everybody)
			} else {
				*p = append(*p, kind+":"+id)
			}
		}
	}
	slices.Sort(*p)
	return nil
}
