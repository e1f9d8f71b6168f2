// Package workflows_test tests .github/workflows for what actionlint doesn't
// know: pinned actions, no long-lived keys, and that every command of the tool
// exists.
package workflows_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

var (
	uses   = regexp.MustCompile(`(?m)^\s*(?:- )?uses: (.*)$`)
	pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	guard  = regexp.MustCompile(`(?m)^    if: (?:>-\n      )?vars\.\w+ != ''`)
	verb   = regexp.MustCompile(`(?:go run \./cmd/datalock|/datalock") ([a-z-]+)`)
)

func workflows(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(apptest.Root(), ".github", "workflows", "*.yml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("find the workflows: %v, %d files", err, len(files))
	}
	all := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = string(text)
	}
	return all
}

// faults says what is wrong with a workflow.
func faults(text string) []string {
	var found []string
	for _, match := range uses.FindAllStringSubmatch(text, -1) {
		if !pinned.MatchString(match[1]) {
			found = append(found, match[1]+" isn't pinned by a commit with its version beside it")
		}
	}
	for _, word := range []string{"secrets.", "AWS_SECRET_ACCESS_KEY", "pull_request_target", "write-all"} {
		if strings.Contains(text, word) {
			found = append(found, "there is "+word)
		}
	}
	if !strings.Contains(text, "\npermissions:") {
		found = append(found, "the permissions aren't limited")
	}
	if strings.Count(text, "actions/checkout@") != strings.Count(text, "persist-credentials: false") {
		found = append(found, "a checkout keeps its token")
	}
	if strings.Contains(text, "${{ vars.") && !guard.MatchString(text) {
		found = append(found, "its job runs in a fork that hasn't set its variables")
	}
	return found
}

func TestWorkflows(t *testing.T) {
	for name, text := range workflows(t) {
		for _, fault := range faults(text) {
			t.Errorf("%s: %s", name, fault)
		}
		for _, match := range verb.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(verbs(t), `"`+match[1]+` `) {
				t.Errorf("%s: there is no verb %s", name, match[1])
			}
		}
	}
}

// TestFaultsAreFound is the twin: each fault, put in, is found.
func TestFaultsAreFound(t *testing.T) {
	good := workflows(t)["deploy.yml"]
	commit := regexp.MustCompile(`@[0-9a-f]{40} # v[\d.]+`)
	for name, bad := range map[string]string{
		"a tag":               strings.Replace(good, commit.FindString(good), "@v7", 1),
		"no version":          strings.Replace(good, commit.FindString(good), commit.FindString(good)[:41], 1),
		"a secret":            good + "# ${{ secrets.KEY }}",
		"no permissions":      strings.Replace(good, "\npermissions:", "\npermission:", 1),
		"a kept token":        strings.Replace(good, "persist-credentials: false", "persist-credentials: true", 1),
		"no guard":            strings.Replace(good, "vars.AWS_PLAN_ROLE_ARN != '' &&", "", 1),
		"a dangerous trigger": strings.Replace(good, "pull_request:", "pull_request_target:", 1),
	} {
		if bad == good || len(faults(bad)) == 0 {
			t.Errorf("%s isn't found", name)
		}
	}
}

// verbs are the Use lines of the tool's commands.
func verbs(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(apptest.Root(), "cmd", "datalock", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
