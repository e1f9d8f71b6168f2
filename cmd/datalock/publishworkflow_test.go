package main

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

func publishWorkflow(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(apptest.Root(), ".github", "workflows", "publish.yml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPublishWorkflow: the session lasts as long as the job, and the root digest of
// a locked dataset is kept whatever the verification finds.
func TestPublishWorkflow(t *testing.T) {
	jobs := regexp.MustCompile(`(?m)^  ([a-z]+):$`).Split(publishWorkflow(t), -1)
	publish, verify := jobs[len(jobs)-3], jobs[len(jobs)-2]
	for _, want := range []string{"timeout-minutes: 350", "role-duration-seconds: 21600", "path: root-digest.txt"} {
		if !strings.Contains(publish, want) {
			t.Errorf("the job publish has no %s", want)
		}
	}
	if !regexp.MustCompile(`(?s)upload-artifact[^\n]*\n +if: always\(\).*path: verification.json`).MatchString(verify) {
		t.Error("the job verify doesn't keep verification.json of a verification with findings")
	}
}

// TestPublishWorkflowTag runs the step that pushes the tag: a rerun finds the tag
// and passes, and another root digest fails.
func TestPublishWorkflowTag(t *testing.T) {
	for _, tool := range []string{"git", "bash"} {
		if _, err := exec.LookPath(tool); err != nil {
			sandbox.Skip(t, "there is no %s on PATH", tool)
		}
	}
	_, step, ok := strings.Cut(publishWorkflow(t), "- name: Tag\n")
	_, script, has := strings.Cut(step, "run: |\n")
	if !ok || !has {
		t.Fatal("there is no step Tag")
	}
	script = regexp.MustCompile(`(?m)^ {10}`).ReplaceAllString(script, "")
	home := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// Stands in for `go install`, and signs nothing.
	signer := file("signer", "#!/bin/sh\ncat > /dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho signed\n")
	file("go", "#!/bin/sh\ncp "+signer+" \"$GOBIN/gitsign\"\n")
	remote, work := filepath.Join(home, "acme", "data"), filepath.Join(home, "work")
	file("config", "[url \""+home+"/\"]\n\tinsteadOf = https://x-access-token:secret@github.com/\n"+
		"[user]\n\tname = a\n\temail = a@example.org\n[init]\n\tdefaultBranch = main\n")
	sh := func(dir, script, root string) (string, error) {
		cmd := exec.Command("bash", "-e", "-c", script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+home+":"+os.Getenv("PATH"), "GIT_CONFIG_GLOBAL="+home+"/config",
			"GIT_CONFIG_NOSYSTEM=1", "RUNNER_TEMP="+home, "GITHUB_REPOSITORY=acme/data", "GH_TOKEN=secret",
			"NAME=imagenet/2026-11", "LOCATION=s3://acme-data/imagenet/2026-11", "ROOT="+root)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := sh(home, "git init -q --bare "+remote+"; git init -q "+work+
		"; git -C "+work+" commit -q --allow-empty -m first", ""); err != nil {
		t.Fatal(err, out)
	}
	root, other := strings.Repeat("a", 64), strings.Repeat("b", 64)
	for _, c := range []struct {
		name, root string
		ok         bool
	}{{"the first run", root, true}, {"a rerun", root, true}, {"another root digest", other, false}} {
		out, err := sh(work, script, c.root)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
		if out, err := sh(work, "git tag -d dataset/imagenet/2026-11", ""); err != nil {
			t.Fatal(err, out)
		}
	}
	tag, err := sh(remote, "git for-each-ref --format='%(contents)' refs/tags/dataset/imagenet/2026-11", "")
	if err != nil || !strings.Contains(tag, "Root digest: "+root) {
		t.Errorf("the tag is %q, %v", tag, err)
	}
}
