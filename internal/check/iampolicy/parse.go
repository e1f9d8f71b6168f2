package iampolicy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"datalock/internal/policy"

	"github.com/go-json-experiment/json"
)

// Document is a parsed IAM policy.
type Document struct {
	Version    string
	Statements []Statement
}

// Statement is a statement of a policy.
type Statement policy.Statement

// Parse parses a policy document. It is strict: what AWS rejects or reads in
// another way is an error.
func Parse(text string) (Document, error) {
	read, err := policy.Read(text, json.RejectUnknownMembers(true))
	if err != nil {
		return Document{}, err
	}
	d := Document{Version: read.Version}
	for _, s := range read.Statement {
		d.Statements = append(d.Statements, Statement(s))
	}
	switch d.Version {
	case "":
		d.Version = oldVersion
	case oldVersion, policy.Version:
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

// Limits of a document, about a hundred times the size of real ones. They bound
// the time of a comparison. AWS accepts 32 KB for a key policy and 20 KB for a
// bucket policy, whitespace aside.
const (
	longest   = 64 << 10
	mostAtoms = 100_000
	mostSteps = 10_000_000
)

// oldVersion is the version of a document without one.
const oldVersion = "2008-10-17"

// Variables reports whether the document may have a policy variable, which only
// the newer version evaluates.
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
