package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"datalock/internal/prove"
)

// A fact is a named value of a subject.
type fact struct{ Name, Value string }

// factsOf lists the facts that every form of the report shows.
func factsOf(s Subject) []fact {
	var list []fact
	add := func(name, value string) {
		if value != "" {
			list = append(list, fact{name, value})
		}
	}
	add("Stack", s.Stack)
	add("Region", s.Region)
	add("Default retention", lockText(s.Retention))
	add("Guards of the bucket policy", guardsText(s.Guards))
	add("Server", serverText(s.Server))
	add("Attacked as", s.Identity)
	add("Exempt from bucket policies", exemptText(s))
	add("Permissions not checked", strings.Join(s.NotAsked, "; "))
	add("Clock", clockText(s))
	if t := s.Terraform; t != nil {
		add("Deployed by", fmt.Sprintf("%s %s with hashicorp/aws %s: %s",
			t.Command, t.Version, t.Provider, plural(t.Resources, "resource", "resources")))
		add("Second plan", secondPlan(t))
	}
	if d := s.Declared; d != nil {
		add("SHA-256 of the declared Terraform JSON", d.SHA256)
		add("SHA-256 of what was deployed here", d.Rehearsed)
	}
	add("Watched", watchText(s))
	add("Left behind", leftText(s.Left))
	return list
}

func guardsText(guards []prove.Guard) string {
	if len(guards) == 0 {
		return "none"
	}
	names := make([]string, 0, len(guards))
	for _, g := range guards {
		names = append(names, string(g))
	}
	return strings.Join(names, ", ")
}

func serverText(s Server) string {
	text := s.Kind
	if s.Endpoint != "" {
		text += " " + s.Endpoint
	}
	for _, name := range slices.Sorted(maps.Keys(s.Versions)) {
		text += ", " + name + " " + strings.TrimPrefix(s.Versions[name], "go")
	}
	return text
}

func secondPlan(t *Terraform) string {
	if len(t.Changes) == 0 {
		return "empty"
	}
	return "NOT EMPTY: " + strings.Join(t.Changes, ", ")
}

// statementText says which trials tested a statement.
func statementText(s Statement) string {
	if len(s.Trials) == 0 {
		return "UNTESTED: " + s.Untested
	}
	text := "attacked by " + strings.Join(s.Trials, ", ")
	if s.Uncontrolled {
		text += "; without a control, so it isn't known whether this statement denied the attack"
	}
	return text
}

// listings are the lists that every form of the report shows.
func listings(s Subject) []listing {
	var list []listing
	add := func(title string, items []string) {
		if len(items) > 0 {
			list = append(list, listing{title, items})
		}
	}
	if s.Declared != nil {
		add("Changed for the rehearsal", s.Declared.Changes)
	}
	add("This server enforces", s.Server.Enforced)
	add("It stores but doesn't enforce", s.Server.Kept)
	add("Known differences from S3", s.Server.Gaps)
	add("Answers that differ from S3's", deviationsOf(s.Trials))
	return list
}

type listing struct {
	Title string
	Items []string
}

func deviationsOf(trials []Trial) []string {
	var list []string
	for _, t := range trials {
		for _, d := range t.Deviations {
			list = append(list, t.Name+": "+d)
		}
	}
	return list
}

// indented returns the settings as indented JSON, or unchanged if they aren't
// JSON.
func indented(text json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, text, "", "  ") != nil {
		return string(text)
	}
	return out.String()
}
