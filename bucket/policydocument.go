package bucket

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"datalock/settings"
)

// MaximumPolicySize is AWS's limit for a bucket policy in bytes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
const MaximumPolicySize = 20 * 1024

// A document is an IAM policy. The same statements always give the same JSON:
// struct fields have an order, and maps are sorted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type document struct {
	Version   string
	Statement []statement
}

// A statement has the form in which AWS returns it: one action or resource is a
// string, more are a list.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    oneOrMore
	Resource  oneOrMore
	Condition conditions `json:",omitempty"`
}

// conditions maps operators to condition keys to values. All must match.
type conditions map[string]map[string]oneOrMore

type oneOrMore []string

// MarshalJSON writes a single value as a string.
func (values oneOrMore) MarshalJSON() ([]byte, error) {
	if len(values) == 1 {
		return marshal(values[0])
	}
	return marshal([]string(values))
}

// marshal writes JSON without escaping '<' and '&'.
func marshal(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("write a policy as JSON: %w", err)
	}
	return bytes.TrimSpace(text.Bytes()), nil
}

// String returns the policy as JSON on one line.
func (d document) String() string {
	text, err := marshal(d)
	if err != nil {
		panic(err) // strings can always be marshalled
	}
	return string(text)
}

// deny returns a statement that applies to everybody.
func deny(sid string, actions []string, resources []string, when conditions) statement {
	return statement{Sid: sid, Effect: "Deny", Principal: "*", Action: actions, Resource: resources, Condition: when}
}

// policyMistakes returns a mistake if the bucket policy would be larger than
// AWS allows.
func policyMistakes(path string, config settings.Bucket) settings.Mistakes {
	// The name that Terraform makes from a prefix isn't known yet. Assume the
	// longest.
	name := config.Name
	if name == "" {
		name = strings.Repeat("x", 63)
	}
	size := len(policyOf(config, name).String())
	if size <= MaximumPolicySize {
		return nil
	}
	return settings.Mistakes{{
		Path:    path + ".guardians",
		Allowed: fmt.Sprintf("make the bucket policy %d bytes long, but AWS allows %d", size, MaximumPolicySize),
		Fix:     "name fewer guardians, such as one role that the others can assume",
	}}
}
