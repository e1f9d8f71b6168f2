package check_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"

	"gotest.tools/v3/golden"
)

const docs = "../../docs/plancheck.md"

// rulesTable is the table of the rules as docs/plancheck.md has it.
func rulesTable() string {
	var b strings.Builder
	for _, r := range check.Rules() {
		in := "plan, stack"
		if len(r.In) == 1 {
			in = string(r.In[0])
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | [source](%s) |\n", r.Name, r.Finds, r.Reason, in, r.Source)
	}
	return b.String()
}

// TestDocs holds the table in the docs to the rules; -update renews it.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	const head = "| --- | --- | --- | --- | --- |\n"
	before, rest, found := strings.Cut(string(text), head)
	if !found {
		t.Fatalf("%s has no table of rules", docs)
	}
	table, after, _ := strings.Cut(rest, "\n\n")
	if table+"\n" == rulesTable() {
		return
	}
	if !golden.FlagUpdate() {
		t.Fatalf("%s has another table than the rules; renew it with -update:\n%s", docs, rulesTable())
	}
	if err := os.WriteFile(docs, []byte(before+head+rulesTable()+"\n"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRuleTexts holds each rule to be fit for the table.
func TestRuleTexts(t *testing.T) {
	var names []string
	for _, r := range check.Rules() {
		for _, text := range []string{r.Finds, r.Reason} {
			if !strings.HasSuffix(text, ".") || strings.ContainsAny(text, "|\n") {
				t.Errorf("%s: %q is no sentence for a table", r.Name, text)
			}
		}
		if !strings.HasPrefix(r.Source, "https://") || len(r.In) == 0 {
			t.Errorf("%s: source %q, seen in %v", r.Name, r.Source, r.In)
		}
		if slices.Contains(names, r.Name) {
			t.Errorf("two rules are called %s", r.Name)
		}
		names = append(names, r.Name)
	}
}
