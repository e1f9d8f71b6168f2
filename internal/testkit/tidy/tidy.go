// Package tidy keeps what a package's tests leave to one folder, which is
// removed at their end, also if the test program is killed.
package tidy

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/cleanup"
)

// Main runs the tests with a temporary folder of their own, and returns the
// exit code. What the tests started and left running is killed and named, and
// fails them. Call it in TestMain.
func Main(m *testing.M) int {
	// Short, for the sockets of Terraform's providers.
	root := filepath.Join(os.TempDir(), "dl-"+strings.ToLower(rand.Text()[:6]))
	watcher, err := cleanup.Watch(root, root)
	if err == nil {
		defer watcher.Stop()
		err = os.Mkdir(root, 0o700)
	}
	for name, value := range map[string]string{"TMPDIR": root, cleanup.Variable: root} {
		if err == nil {
			err = os.Setenv(name, value)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "make the tests' temporary folder:", err)
		return 1
	}
	code := m.Run()
	// A server that was told to stop may be about to.
	for range 50 {
		if left, _ := cleanup.Running(root); len(left) == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if left, _ := cleanup.Running(root); len(left) > 0 {
		fmt.Fprintln(os.Stderr, "the tests left running:", left)
		code = 1
	}
	_, _ = cleanup.Kill(root, 0, 10*time.Second)
	if err := os.RemoveAll(root); err != nil {
		fmt.Fprintln(os.Stderr, "remove the tests' temporary folder:", err)
		code = 1
	}
	return code
}
