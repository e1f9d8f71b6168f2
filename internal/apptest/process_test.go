package apptest_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"datalock/internal/apptest"
)

// TestNoProcessOutlives holds that no node process is left, however the app
// ends. Processes are known by a mark in their environment.
func TestNoProcessOutlives(t *testing.T) {
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("skipped: processes can only be found where there is /proc")
	}
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		exit   int
	}{
		{"it ends by itself", 0, 0},
		{"interrupted", syscall.SIGINT, 130},
		{"terminated", syscall.SIGTERM, 143},
		{"killed", syscall.SIGKILL, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, mark := t.TempDir(), "DATALOCK_TEST_MARK="+t.TempDir()
			apptest.Project(t, dir, manyBuckets(200))
			cmd := exec.Command(apptest.Build(t))
			cmd.Dir, cmd.Env = dir, append(os.Environ(), mark)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "node has started", func() bool { return len(marked(mark)) > 1 })
			if c.signal != 0 {
				if err := cmd.Process.Signal(c.signal); err != nil {
					t.Fatal(err)
				}
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if code := cmd.ProcessState.ExitCode(); code != c.exit || (err != nil && !errors.As(err, &exit)) {
				t.Errorf("the app ended with %d, %v; want %d", code, err, c.exit)
			}
			waitFor(t, "no process is left", func() bool { return len(marked(mark)) == 0 })
		})
	}
}

func manyBuckets(n int) []byte {
	text := bytes.NewBufferString(`{"region": "us-east-1", "buckets": {"b0": {}`)
	for i := 1; i < n; i++ {
		text.WriteString(`, "b` + strconv.Itoa(i) + `": {}`)
	}
	text.WriteString("}}")
	return text.Bytes()
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 200 {
		if holds() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("waited in vain until %s", what)
}

// marked returns the ids of the processes with the mark in their environment.
func marked(mark string) []string {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var found []string
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(mark)) {
			found = append(found, filepath.Base(filepath.Dir(file)))
		}
	}
	return found
}
