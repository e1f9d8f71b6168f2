// Package bucketpolicy reads bucket policies: it refuses what S3 refuses, and
// turns the rest into what versitygw can enforce.
//
// versitygw evaluates policies, but takes only those whose condition keys it
// knows, and Object Lock's are not among them. So a policy is kept as it was
// written. Whenever versitygw asks for it to decide on a request, the
// conditions on the keys that this package knows are decided first, with that
// request's values: a statement whose condition doesn't hold is left out, and
// a condition that holds is left out of its statement. What remains is handed
// to versitygw, which knows who asks for what.
//
// Statements with NotPrincipal, NotAction or NotResource are kept and not
// enforced.
package bucketpolicy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// MaxBytes is the size of the largest policy that S3 takes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
const MaxBytes = 20 * 1024

// Policy is a bucket policy.
type Policy struct {
	Version    string     `json:"Version,omitempty"`
	ID         string     `json:"Id,omitempty"`
	Statements statements `json:"Statement"`
}

// Statement is one rule of a policy.
type Statement struct {
	Sid          string          `json:"Sid,omitempty"`
	Effect       string          `json:"Effect"`
	Principal    json.RawMessage `json:"Principal,omitempty"`
	NotPrincipal json.RawMessage `json:"NotPrincipal,omitempty"`
	Action       values          `json:"Action,omitempty"`
	NotAction    values          `json:"NotAction,omitempty"`
	Resource     values          `json:"Resource,omitempty"`
	NotResource  values          `json:"NotResource,omitempty"`
	// Condition maps an operator to condition keys and their values.
	Condition map[string]map[string]values `json:"Condition,omitempty"`
}

// Error is a policy that S3 would refuse as MalformedPolicy.
type Error string

func (e Error) Error() string { return string(e) }

// Parse reads a policy. Its errors are of type Error.
func Parse(body []byte) (Policy, error) {
	var policy Policy
	if len(body) > MaxBytes {
		return policy, Error(fmt.Sprintf("Policy exceeds the maximum allowed document size of %d bytes", MaxBytes))
	}
	if len(body) == 0 || body[0] != '{' {
		return policy, Error("Policies must be valid JSON and the first byte must be '{'")
	}
	if err := decodeStrictly(body, &policy); err != nil {
		return Policy{}, Error("This policy contains invalid Json: " + err.Error())
	}
	return policy, nil
}

// JSON encodes the policy.
func (p Policy) JSON() ([]byte, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode bucket policy: %w", err)
	}
	return data, nil
}

func decodeStrictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("text after the policy")
	}
	return nil
}

// statements is a list that may be written as one statement.
type statements []Statement

// UnmarshalJSON implements json.Unmarshaler.
func (s *statements) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		*s = make(statements, 1)
		return decodeStrictly(data, &(*s)[0])
	}
	var many []Statement
	if err := decodeStrictly(data, &many); err != nil {
		return err
	}
	*s = many
	return nil
}

// values is a list of strings that may be written as one value; numbers and
// booleans stand for their text.
type values []string

// UnmarshalJSON implements json.Unmarshaler.
func (v *values) UnmarshalJSON(data []byte) error {
	var one any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&one); err != nil {
		return err
	}
	many, isList := one.([]any)
	if !isList {
		many = []any{one}
	}
	*v = values{}
	for _, value := range many {
		switch value := value.(type) {
		case string:
			*v = append(*v, value)
		case bool, json.Number:
			*v = append(*v, fmt.Sprint(value))
		default:
			return fmt.Errorf("%s is no string, number or boolean", data)
		}
	}
	return nil
}
