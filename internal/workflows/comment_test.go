package workflows_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/sandbox"
)

// stepOf returns the commands of a step of a workflow.
func stepOf(t *testing.T, workflow, name string) string {
	t.Helper()
	_, step, found := strings.Cut(workflows(t)[workflow], "- name: "+name+"\n")
	_, step, has := strings.Cut(step, "        run: |\n")
	if !found || !has {
		t.Fatalf("%s has no step %q with commands", workflow, name)
	}
	var commands strings.Builder
	for _, line := range strings.Split(step, "\n") {
		command, indented := strings.CutPrefix(line, "          ")
		if !indented {
			break
		}
		commands.WriteString(command + "\n")
	}
	return commands.String()
}

// ghDouble answers like GitHub's command line: with the comments of a pull
// request, of which jq takes what --jq says, and with nothing. It writes its
// arguments down.
const ghDouble = `#!/bin/bash
echo "$*" >> "$RUNNER_TEMP/calls"
filter=
while [ $# -gt 0 ]; do [ "$1" != --jq ] || filter=$2; shift; done
[ -z "$filter" ] || jq -r "$filter" "$RUNNER_TEMP/comments.json"
`

// TestComment runs the step of deploy.yml that comments on a pull request, with
// doubles of go and gh: it edits its own comment, and nobody else's.
func TestComment(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		sandbox.Skip(t, "there is no jq on PATH")
	}
	commands := stepOf(t, "deploy.yml", "Show the plan")
	const bot, mark = "github-actions[bot]", `<!-- datalock check ai-dataset -->\nold`
	comment := func(id, login, body string) string {
		return `{"id": ` + id + `, "user": {"login": "` + login + `"}, "body": "` + body + `"}`
	}
	const post, patch = "--method POST repos/acme/data/issues/7/comments ", "--method PATCH repos/acme/data/issues/comments/12 "
	for _, c := range []struct {
		name, comments, pullRequest, want string
	}{
		{"no comment", `[]`, "7", post},
		{"another workflow's comment", `[` + comment("12", bot, "### coverage") + `]`, "7", post},
		{"somebody else's comment with the mark", `[` + comment("12", "ana", mark) + `]`, "7", post},
		{"a comment of another stack", `[` + comment("12", bot, strings.Replace(mark, "ai-dataset", "ai-dataset-2", 1)) + `]`,
			"7", post},
		{"a comment that quotes the mark", `[` + comment("12", bot, "> "+mark) + `]`, "7", post},
		{"its own comment", `[` + comment("12", bot, mark) + `,` + comment("13", bot, "### coverage") + `]`, "7", patch},
		{"two of this workflow's", `[` + comment("11", bot, mark) + `,` + comment("12", bot, mark) + `]`, "7", patch},
		{"no pull request", `[` + comment("12", bot, mark) + `]`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			for name, text := range map[string]string{
				"gh": ghDouble, "go": "#!/bin/bash\necho 'No findings.'\n", "comments.json": c.comments, "plan.txt": "the plan",
			} {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("bash", "-e", "-c", commands)
			cmd.Dir = folder
			cmd.Env = append(
				os.Environ(),
				"PATH="+folder+":"+os.Getenv("PATH"),
				"RUNNER_TEMP="+folder,
				"STACK=ai-dataset",
				"GITHUB_REPOSITORY=acme/data",
				"PULL_REQUEST="+c.pullRequest,
				"GITHUB_STEP_SUMMARY="+filepath.Join(folder, "summary"),
			)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			calls, _ := os.ReadFile(filepath.Join(folder, "calls")) // none without a pull request
			lines := strings.Split(strings.TrimSpace(string(calls)), "\n")
			if last := lines[len(lines)-1]; !strings.Contains(last, c.want) || c.want == "" && last != "" {
				t.Errorf("called gh %q, want %q", last, c.want)
			}
			body, err := os.ReadFile(filepath.Join(folder, "comment.md"))
			if want := "<!-- datalock check ai-dataset -->\nNo findings.\n"; err != nil ||
				!strings.HasPrefix(string(body), want) {
				t.Errorf("%v, the comment is\n%s", err, body)
			}
		})
	}
}
