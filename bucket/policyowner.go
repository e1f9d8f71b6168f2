package bucket

import (
	"strings"

	"datalock/internal/policy"
	"datalock/settings"
)

// ownerStatements returns the owner's own statements. [settings.Bucket.Validate]
// reports those that can't be read.
func ownerStatements(config settings.Bucket) []policy.Statement {
	statements := make([]policy.Statement, len(config.PolicyStatements))
	for i, raw := range config.PolicyStatements {
		if d, err := policy.Read(`{"Statement": ` + string(raw) + `}`); err == nil && len(d.Statement) == 1 {
			statements[i] = d.Statement[0]
		}
	}
	return statements
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
