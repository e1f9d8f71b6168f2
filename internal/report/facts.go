package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"datalock/internal/prove"
)

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

// versionsText says what the server is made of, in a stable order.
func versionsText(versions map[string]string) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		text += ", " + name + " " + versions[name]
	}
	return text
}

func secondPlan(t *Terraform) string {
	if len(t.Changes) == 0 {
		return "empty, as it must be"
	}
	return "NOT EMPTY: " + strings.Join(t.Changes, ", ")
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
