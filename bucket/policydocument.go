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

// A document is an IAM policy. Its JSON is always the same for the same
// statements: structs keep their order, and maps are sorted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type document struct {
	Version   string
	Statement []statement
}

// A statement is written as AWS hands it back, as far as that is known: one
// action or resource is a string, more are a list.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    oneOrMore
	Resource  oneOrMore
	Condition conditions `json:",omitempty"`
}

// conditions maps operators to keys to values. All of them have to hold.
type conditions map[string]map[string]oneOrMore

type oneOrMore []string

// MarshalJSON writes a single value without its list.
func (values oneOrMore) MarshalJSON() ([]byte, error) {
	if len(values) == 1 {
		return marshal(values[0])
	}
	return marshal([]string(values))
}

// marshal writes JSON as people read it: '<' and '&' stay themselves.
func marshal(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("write a policy as JSON: %w", err)
	}
	return bytes.TrimSpace(text.Bytes()), nil
}

// String returns the policy as one literal line of JSON.
func (d document) String() string {
	text, err := marshal(d)
	if err != nil {
		panic(err) // strings in maps and structs always marshal
	}
	return string(text)
}

// deny returns a statement that holds for everybody.
func deny(sid string, actions []string, resources []string, when conditions) statement {
	return statement{Sid: sid, Effect: "Deny", Principal: "*", Action: actions, Resource: resources, Condition: when}
}

// PolicyMistakes returns a mistake where the policy of a bucket would be larger
// than AWS takes. It is known before anything is declared, so that it can be
// told with all other mistakes of the settings.
func PolicyMistakes(path string, config settings.Bucket) settings.Mistakes {
	// Terraform completes a prefix to a name of unknown text, but never one
	// that is longer than S3 takes.
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
		Allowed: fmt.Sprintf("make the bucket policy %d bytes large, and AWS takes %d", size, MaximumPolicySize),
		Mend:    "name fewer guardians, such as one role that the others may take on",
	}}
}
