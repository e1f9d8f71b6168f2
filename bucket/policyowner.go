package bucket

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"datalock/internal/policy"
	"datalock/settings"
)

// ownerStatements returns the owner's own statements. [unreadable] reports those
// that can't be read.
func ownerStatements(config settings.Bucket) []policy.Statement {
	statements := make([]policy.Statement, len(config.PolicyStatements))
	for i, raw := range config.PolicyStatements {
		if s, err := readStatement(raw); err == nil {
			statements[i] = s
		}
	}
	return statements
}

func readStatement(raw []byte) (policy.Statement, error) {
	d, err := policy.Read(`{"Statement": ` + string(raw) + `}`)
	if err != nil || len(d.Statement) != 1 {
		return policy.Statement{}, cmp.Or(err, errors.New("it isn't one statement"))
	}
	return d.Statement[0], nil
}

// unreadable returns a mistake for each statement that the policy couldn't have,
// such as one with half of a surrogate pair.
func unreadable(path string, config settings.Bucket) settings.Mistakes {
	var ms settings.Mistakes
	for i, raw := range config.PolicyStatements {
		if _, err := readStatement(raw); err != nil {
			ms = append(ms, settings.Mistake{Path: fmt.Sprintf("%s.policyStatements[%d]", path, i),
				Allowed: "can't be read: " + err.Error(), Fix: "write a statement that S3 accepts"})
		}
	}
	return ms
}

// withoutOwners returns the settings without the owner's statements.
func withoutOwners(config settings.Bucket) settings.Bucket {
	config.PolicyStatements = nil
	return config
}

// literal escapes ${ and %{, which start expressions in Terraform's JSON. In a
// policy, ${ starts a variable.
// https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1
var literal = strings.NewReplacer("${", "$${", "%{", "%%{")

// text returns the policy for Terraform. A bucket with statements of its owner has
// a name, so only these can have what looks like an expression.
func (m *member) text(d policy.Document) string {
	if len(m.config.PolicyStatements) == 0 {
		return d.String()
	}
	return literal.Replace(d.String())
}

// oneLine returns a statement as JSON on one line, for a message.
func oneLine(s policy.Statement) string {
	text := policy.Document{Statement: policy.Statements{s}}.String()
	return strings.TrimSuffix(strings.TrimPrefix(text, `{"Statement":[`), `]}`)
}
