package hcptest_test

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"datalock/internal/testkit/hcptest"
)

// output is what a running command has printed.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// TestLockedWorkspace: a remote run waits for a locked workspace, without an
// error, and continues when it is unlocked.
func TestLockedWorkspace(t *testing.T) {
	t.Parallel()
	m := newMigration(t)
	m.hcp.Add(hcptest.Workspace{Name: "remote"})
	m.backend(t, `"cloud": {"organization": "acme", "hostname": "`+m.hcp.Host+`", "workspaces": {"name": "remote"}}`)
	m.run(t, "", "init")
	m.hcp.Lock("remote", true)
	var out output
	cmd := exec.Command(m.tf.Path, "plan", "-out=plan")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = m.dir, m.tf.Env, &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !strings.Contains(out.String(), "Waiting for the manually locked workspace to be unlocked") {
		select {
		case err := <-ended:
			t.Fatalf("it ends in a locked workspace: %v\n%s", err, out.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
	m.hcp.Lock("remote", false)
	if err := <-ended; err != nil || !strings.Contains(out.String(), "1 to add, 0 to change, 0 to destroy") {
		t.Errorf("it doesn't go on: %v\n%s", err, out.String())
	}
}
