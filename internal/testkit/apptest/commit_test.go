package apptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/sandbox"
)

// fenced are the code blocks of a language in a document, indented or not.
var fenced = regexp.MustCompile("(?ms)^ *```(\\w+)\n(.*?)^ *```$")

// recipe returns the code blocks of a language in the section of
// docs/terraform-cloud.md about runs from version control.
func recipe(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "docs", "terraform-cloud.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Runs from version control")
	section, _, _ = strings.Cut(section, "\n## ")
	var blocks []string
	for _, match := range fenced.FindAllStringSubmatch(section, -1) {
		if match[1] == language {
			lines := strings.Split(match[2], "\n")
			for i := range lines {
				lines[i] = strings.TrimSpace(lines[i])
			}
			blocks = append(blocks, strings.Join(lines, "\n"))
		}
	}
	return blocks
}

// A repository is a git repository with a project in it.
type repository struct{ dir string }

func (r repository) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r repository) try(script string) (string, error) { return apptest.Bash(r.dir, script) }

func (r repository) run(t *testing.T, script string) string {
	t.Helper()
	out, err := r.try(script)
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return out
}

func (r repository) synth(t *testing.T, settings string) {
	t.Helper()
	apptest.Project(t, r.dir, []byte(settings))
	r.run(t, apptest.Build(t))
}

func (r repository) wantStopped(t *testing.T, check, what string) {
	t.Helper()
	if out, err := r.try(check); err == nil {
		t.Errorf("%s passes the check:\n%s", what, out)
	}
}

// TestCommitStacks follows docs/terraform-cloud.md in a git repository with
// this project's .gitignore: the stacks and their lock files are committed,
// plans are not, and the check stops what isn't committed.
func TestCommitStacks(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		sandbox.Skip(t, "there is no git on PATH")
	}
	ignored, commands := recipe(t, "gitignore"), recipe(t, "sh")
	if len(ignored) != 1 || len(commands) != 2 {
		t.Fatalf("the recipe has %d lists and %d scripts, want 1 and 2", len(ignored), len(commands))
	}
	commit, check := commands[0], commands[1]
	text, err := os.ReadFile(filepath.Join(apptest.Root(), ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	replaced := strings.Replace(string(text), "cdktf.out/\n", ignored[0], 1)
	if replaced == string(text) {
		t.Fatal("our .gitignore doesn't have the line that the recipe replaces")
	}
	const one, two = `{"region": "us-east-1", "buckets": {"a1": {}}}`, `{"region": "us-east-1", "buckets": {"a1": {}, "a2": {}}}`
	r := repository{dir: t.TempDir()}
	r.write(t, ".gitignore", string(text))
	r.synth(t, one)
	r.run(t, "git init -q -b main && git add . && git commit -qm start")
	r.wantStopped(t, check, "a project that commits no stack")

	r.write(t, ".gitignore", replaced)
	for _, file := range []string{".terraform.lock.hcl", "plan", "terraform.tfstate", ".terraform/terraform.tfstate"} {
		r.write(t, "cdktf.out/stacks/a1/"+file, "x")
	}
	r.run(t, commit)
	want := "cdktf.out/stacks/a1/.terraform.lock.hcl\ncdktf.out/stacks/a1/cdk.tf.json\n"
	if out := r.run(t, "git ls-files cdktf.out"); out != want {
		t.Errorf("committed are\n%s, want\n%s", out, want)
	}
	r.run(t, check)

	r.synth(t, two)
	r.wantStopped(t, check, "a new stack")
	r.run(t, commit)
	r.run(t, check)
	r.synth(t, strings.Replace(two, `"a1": {}`, `"a1": {"writeOnce": true}`, 1))
	r.wantStopped(t, check, "a change of a stack")
	r.run(t, "git checkout -q cdktf.out")
	r.write(t, "cdktf.out/stacks/a1/.terraform.lock.hcl", "y")
	r.wantStopped(t, check, "a change of a lock file")
}
