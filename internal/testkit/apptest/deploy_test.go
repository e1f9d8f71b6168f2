package apptest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/tftest"
)

// TestCdktfDeploy deploys the project's settings with cdktf's command line to the
// local S3 server. A second deploy changes nothing, destroy is refused, and the
// bucket exists with its lock.
func TestCdktfDeploy(t *testing.T) {
	t.Parallel()
	command := apptest.Cdktf(t)
	server := s3test.Start(t, "--tls")
	tf := tftest.Find(t).With(server.Env()).With(map[string]string{"CI": "1"}).Share(t)
	dir := t.TempDir()
	project := fmt.Sprintf(`{"language": "go", "app": %q, "context": {"datalock": {"region": %q, "endpoint": %q, `+
		`"buckets": {"ai-dataset": {}}}}}`,
		apptest.LightApp(t), server.Region, server.Endpoint)
	if err := os.WriteFile(filepath.Join(dir, "cdktf.json"), []byte(project), 0o600); err != nil {
		t.Fatal(err)
	}
	cdktf := func(args ...string) (string, error) {
		cmd := exec.Command(command, args...)
		cmd.Dir, cmd.Env = dir, tf.Env
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for range 2 {
		if out, err := cdktf("deploy", "ai-dataset", "--auto-approve", "--skip-provider-lock"); err != nil {
			t.Fatalf("deploy: %v\n%s", err, out)
		}
	}
	stack := filepath.Join(dir, "cdktf.out", "stacks", "ai-dataset")
	if out, err := cdktf("destroy", "ai-dataset", "--auto-approve"); err == nil {
		t.Errorf("destroy was not refused:\n%s", out)
	}
	// Terraform is asked for the reason itself: on a busy machine cdktf ends
	// before it has passed all of it on.
	if out, err := tf.Try(stack, "plan", "-destroy"); err == nil || !bytes.Contains(out, []byte("prevent_destroy")) {
		t.Errorf("destroy was not refused by prevent_destroy: %v\n%s", err, out)
	}
	tf.Run(t, stack, "plan", "-detailed-exitcode")
	var outputs map[string]struct{ Value string }
	if err := json.Unmarshal(tf.Run(t, stack, "output", "-json"), &outputs); err != nil {
		t.Fatal(err)
	}
	name := outputs["bucket_name"].Value
	if len(outputs) != 2 || !strings.HasPrefix(name, "ai-dataset-") ||
		outputs["bucket_arn"].Value != "arn:aws:s3:::"+name {
		t.Errorf("the outputs are %v", outputs)
	}
	state := tf.Run(t, stack, "show", "-json")
	if !bytes.Contains(state, []byte(`"default_retention":[{"days":90,"mode":"COMPLIANCE","years":`)) {
		t.Errorf("the deployed bucket has another retention:\n%s", state)
	}
}
