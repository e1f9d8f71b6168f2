package hcptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/hcptest"
	"datalock/internal/testkit/sandbox"
)

// script returns the script of docs/terraform-cloud.md for runs through the
// API, with the tool of this repository.
func script(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "docs", "terraform-cloud.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "## Runs through the API")
	_, rest, _ = strings.Cut(rest, "```sh\n")
	found, _, _ := strings.Cut(rest, "```")
	const tool = "go run ./cmd/datalock check plan.json"
	if !strings.Contains(found, tool) {
		t.Fatalf("the script doesn't check the plan:\n%s", found)
	}
	return strings.Replace(found, tool,
		"go -C "+apptest.Root()+" run ./cmd/datalock check "+filepath.Join(dir, "plan.json"), 1)
}

// TestAPIDrivenRun runs the script in the docs. It applies a checked plan, but
// not one with a finding.
func TestAPIDrivenRun(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			sandbox.Skip(t, "there is no %s on PATH", tool)
		}
	}
	// Without a lifecycle configuration the provider doesn't wait.
	l := newTestServerFor(t, `{"name": "datalock-{stack}"}`, `{"lifecycle": {"enabled": false}}`)
	l.hcp.Add(hcptest.Workspace{Name: "datalock-ai-dataset", Variables: l.keys(t)})
	dir := filepath.Dir(filepath.Dir(filepath.Dir(l.dir)))
	run := func() (string, error) {
		cmd := exec.Command("bash", "-e", "-c", script(t, dir))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOST="+l.hcp.Host, "TOKEN="+hcptest.Token, "CURL_CA_BUNDLE="+l.hcp.CAFile)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run()
	if err != nil || !strings.Contains(out, "no findings") {
		t.Fatalf("the script: %v\n%s", err, out)
	}
	for deadline := time.Now().Add(5 * time.Minute); l.hcp.Locked("datalock-ai-dataset"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the run doesn't end")
		}
	}
	state := l.hcp.State("datalock-ai-dataset")
	wantIn(t, state, `"COMPLIANCE"`)

	shorter := strings.Replace(string(readStack(t, l)), `"days": 90`, `"days": 30`, 1)
	if err := os.WriteFile(filepath.Join(l.dir, "cdk.tf.json"), []byte(shorter), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err = run(); err == nil || !strings.Contains(out, "retention-shortened") {
		t.Errorf("a shorter retention isn't stopped: %v\n%s", err, out)
	}
	if string(l.hcp.State("datalock-ai-dataset")) != string(state) {
		t.Error("it was applied")
	}
}

func readStack(t *testing.T, l testServer) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.dir, "cdk.tf.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
