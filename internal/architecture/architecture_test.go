// Package architecture_test checks docs/architecture.md against the code: every
// package and function in its diagram exists, and every dependency has a reason.
package architecture_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

var (
	box      = regexp.MustCompile(`─ ((?:[a-z]+/)*[a-z]+) [─┐]`)
	function = regexp.MustCompile(`│ ([a-z]+)\.([A-Z]\w+)`)
)

// missing returns the boxes without a folder and the functions without a
// declaration.
func missing(t *testing.T, page string) []string {
	t.Helper()
	folders, found := map[string]string{}, []string{}
	for _, match := range box.FindAllStringSubmatch(page, -1) {
		folder := match[1]
		if folder == "main" {
			continue
		}
		folders[filepath.Base(folder)] = folder
		if _, err := os.Stat(filepath.Join(apptest.Root(), folder)); err != nil {
			found = append(found, folder)
		}
	}
	for _, match := range function.FindAllStringSubmatch(page, -1) {
		files, err := filepath.Glob(filepath.Join(apptest.Root(), folders[match[1]], "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		declared := false
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			declared = declared || folders[match[1]] != "" && strings.Contains(string(text), "\nfunc "+match[2]+"(")
		}
		if !declared {
			found = append(found, match[1]+"."+match[2])
		}
	}
	return found
}

func TestBoxes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	if functions := len(function.FindAllString(page, -1)); functions < 15 {
		t.Errorf("only %d functions are read from the diagram", functions)
	}
	for _, name := range missing(t, page) {
		t.Errorf("there is no %s", name)
	}
	for _, wrong := range []string{
		strings.Replace(page, "stack.Synth", "stack.Synthesise", 1),
		strings.Replace(page, "─ internal/preflight ─", "─ internal/preflights ─", 1),
	} {
		if wrong == page || len(missing(t, wrong)) == 0 {
			t.Error("a name that is wrong isn't found")
		}
	}
}
