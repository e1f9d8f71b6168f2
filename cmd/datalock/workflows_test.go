package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

var (
	// toolCall is a command of the tool in a workflow, to the end of its line.
	toolCall = regexp.MustCompile(`(?:go run \./cmd/datalock|/datalock") ([a-z-]+ [^\n]*)`)
	// inShell ends a command in a shell, or is what the shell replaces.
	inShell  = regexp.MustCompile(`[)|;>]|&&| \|\|`)
	replaced = regexp.MustCompile(`\$\{[A-Z_]+:\+([^}]*)\}`)
)

// wrongCalls returns the commands of the tool in a workflow that it wouldn't
// take, and how many there are.
func wrongCalls(text string) (wrong []string, calls int) {
	text = strings.ReplaceAll(text, "\\\n", " ")
	for _, match := range toolCall.FindAllStringSubmatch(text, -1) {
		call := replaced.ReplaceAllString(match[1], "$1")
		if end := inShell.FindStringIndex(call); end != nil {
			call = call[:end[0]]
		}
		calls++
		if err := takes(strings.Fields(strings.ReplaceAll(call, `"`, ""))); err != nil {
			wrong = append(wrong, fmt.Sprintf("datalock %s: %v", call, err))
		}
	}
	return wrong, calls
}

// takes reports why the tool wouldn't take a command's words.
func takes(words []string) error {
	cmd, rest, err := newRoot(streams{}).Find(words)
	if err != nil {
		return err
	}
	if !cmd.HasParent() {
		return fmt.Errorf("there is no verb %s", words[0])
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if cmd.Args == nil {
		return nil
	}
	return cmd.Args(cmd, cmd.Flags().Args())
}

// TestWorkflowsCalls holds the workflows to the tool's verbs and flags.
func TestWorkflowsCalls(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(apptest.Root(), ".github", "workflows", "*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wrong, calls := wrongCalls(string(text))
		for _, one := range wrong {
			t.Errorf("%s: %s", filepath.Base(file), one)
		}
		all += calls
	}
	if all < 10 {
		t.Errorf("only %d commands are read", all)
	}
	renew, err := os.ReadFile(filepath.Join(apptest.Root(), ".github", "workflows", "renew.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for old, renewed := range map[string]string{
		"--batch": "--batches", "datalock renew": "datalock prolong", `renew "s3://$BUCKET"`: "renew",
		"--due --batch": "--due=yes --batch",
	} {
		bad := strings.ReplaceAll(string(renew), old, renewed)
		if wrong, _ := wrongCalls(bad); bad == string(renew) || len(wrong) == 0 {
			t.Errorf("%s isn't found", renewed)
		}
	}
}
