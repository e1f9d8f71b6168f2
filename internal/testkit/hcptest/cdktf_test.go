package hcptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/hcptest"
)

// TestCdktfDeploy deploys with cdktf's command line and remote runs.
func TestCdktfDeploy(t *testing.T) {
	t.Parallel()
	command := apptest.Cdktf(t)
	l := newTestServer(t, `{"name": "datalock-{stack}"}`)
	l.hcp.Add(hcptest.Workspace{Name: "datalock-ai-dataset", Variables: l.keys(t)})
	dir := filepath.Dir(filepath.Dir(filepath.Dir(l.dir)))
	file := filepath.Join(dir, "cdktf.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	project := strings.Replace(string(text), "go run .", strings.ReplaceAll(apptest.LightApp(t), `"`, `\"`), 1)
	if err := os.WriteFile(file, []byte(project), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command, "deploy", "ai-dataset", "--auto-approve", "--skip-provider-lock")
	cmd.Dir, cmd.Env = dir, append(l.tf.Env, "CI=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("cdktf deploy: %v\n%s", err, out)
	}
	wantIn(t, out, "bucket_arn = arn:aws:s3:::ai-dataset-")
	wantIn(t, l.hcp.State("datalock-ai-dataset"), `"COMPLIANCE"`)
}
