package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"datalock/internal/prove"
)

// A fact is a line about a subject.
type fact struct{ Name, Value string }

// factsOf are the lines about a subject that are said in every form.
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
	add("No bucket policy stops", exemptText(s))
	add("Rights not asked for", strings.Join(s.NotAsked, "; "))
	add("Clock", clockText(s))
	if t := s.Terraform; t != nil {
		add("Deployed by", t.Command+" "+t.Version+" with hashicorp/aws "+t.Provider+": "+plural(t.Resources, "resource", "resources"))
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

// statementText says what was tried of a statement.
func statementText(s Statement) string {
	if len(s.Trials) == 0 {
		return "UNTESTED: " + s.Untested
	}
	text := "attacked by " + strings.Join(s.Trials, ", ")
	if s.Uncontrolled {
		text += "; without a control, so it isn't known that this statement is what refused it"
	}
	return text
}

// listings are the lists about a subject that are said in every form.
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
	add("It keeps without enforcing", s.Server.Kept)
	add("It differs from S3", s.Server.Gaps)
	add("It answered otherwise than S3", deviationsOf(s.Trials))
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

// indented returns the settings as people read JSON; what isn't JSON stays as
// it is.
func indented(text json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, text, "", "  ") != nil {
		return string(text)
	}
	return out.String()
}
