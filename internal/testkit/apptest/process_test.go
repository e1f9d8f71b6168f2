package apptest_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"datalock/internal/testkit/apptest"
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
		{"hung up", syscall.SIGHUP, 129},
		{"killed", syscall.SIGKILL, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, mark := t.TempDir(), "DATALOCK_TEST_MARK="+t.TempDir()
			apptest.Project(t, dir, manyBuckets(200))
			cmd := exec.Command(apptest.Build(t))
			temp := t.TempDir()
			cmd.Dir, cmd.Env = dir, append(os.Environ(), mark, "TMPDIR="+temp)
			var said bytes.Buffer
			cmd.Stderr = &said
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
			if text := withoutNotes(said.String()); c.exit > 0 && text != "" {
				t.Errorf("a signal had it say %q", text)
			}
			if left, _ := os.ReadDir(temp); c.exit >= 0 && len(left) > 0 {
				t.Errorf("left in the temporary folder: %v", left)
			}
		})
	}
}

// TestSignalsAtAnyTime ends the app at moments all over its run: it says
// nothing, and leaves no process and no file.
func TestSignalsAtAnyTime(t *testing.T) {
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("skipped: processes can only be found where there is /proc")
	}
	dir, mark, temp := t.TempDir(), "DATALOCK_TEST_MARK="+t.TempDir(), t.TempDir()
	apptest.Project(t, dir, manyBuckets(20))
	for i := range 30 {
		cmd := exec.Command(apptest.Build(t))
		cmd.Dir, cmd.Env = dir, append(os.Environ(), mark, "TMPDIR="+temp)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		after := time.Duration(30+20*i) * time.Millisecond
		time.Sleep(after)
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		switch code := cmd.ProcessState.ExitCode(); {
		case code == 0: // it was done
		case code == -1: // before Go had taken signals over
		case code != 143, withoutNotes(said.String()) != "":
			t.Errorf("terminated after %s it ended with %d and said %q", after, code, said.String())
		}
		waitFor(t, "no process is left", func() bool { return len(marked(mark)) == 0 })
		if left, _ := os.ReadDir(temp); len(left) > 0 {
			t.Fatalf("terminated after %s it left in the temporary folder: %v", after, left)
		}
	}
}

// withoutNotes leaves out the line on a node that is past its end of life.
func withoutNotes(said string) string {
	return regexp.MustCompile(`(?m)^note: .*\n`).ReplaceAllString(said, "")
}

// TestHungNode ends the app while node hangs: at the question for its version
// and when it should talk to cdktf.
func TestHungNode(t *testing.T) {
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("skipped: processes can only be found where there is /proc")
	}
	for name, script := range map[string]string{
		"asked for its version": "exec sleep 300",
		"as cdktf's host":       `[ "$1" = --version ] && { echo v22.1.0; exit; }; exec sleep 300`,
		"talking without end":   `[ "$1" = --version ] && { echo v22.1.0; exit; }; while :; do echo garbage; done`,
	} {
		t.Run(name, func(t *testing.T) {
			dir, mark, temp := t.TempDir(), "DATALOCK_TEST_MARK="+t.TempDir(), t.TempDir()
			apptest.Project(t, dir, manyBuckets(1))
			node := filepath.Join(dir, "node")
			if err := os.WriteFile(node, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(apptest.Build(t))
			cmd.Dir, cmd.Env = dir, append(os.Environ(), mark, "TMPDIR="+temp, "PATH="+dir+":"+os.Getenv("PATH"), "NODE_OPTIONS=")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 130 {
				t.Errorf("the app ended with %d", code)
			}
			waitFor(t, "no process is left", func() bool { return len(marked(mark)) == 0 })
			if left, _ := os.ReadDir(temp); len(left) > 0 {
				t.Errorf("left in the temporary folder: %v", left)
			}
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
