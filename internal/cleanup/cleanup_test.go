//go:build linux

package cleanup_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"datalock/internal/cleanup"
)

// parentVariable makes this test program a parent that starts children and then
// waits to be killed.
const parentVariable = "DATALOCK_TEST_PARENT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentVariable); dir != "" {
		parent(dir)
	}
	os.Exit(m.Run())
}

// parent starts a shell with a child process, in their own process group, and
// hangs.
func parent(dir string) {
	w, err := cleanup.Watch(dir, dir)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(dir+".watcher", []byte(strconv.Itoa(w.PID())), 0o600); err != nil {
		panic(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		panic(err)
	}
	cmd := exec.Command("sh", "-c", "sleep 300 & sleep 300; true")
	cmd.Env = append(os.Environ(), cleanup.Variable+"="+cleanup.Part(dir, "terraform"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	time.Sleep(time.Hour)
}

func running(t *testing.T, mark string) []cleanup.Process {
	t.Helper()
	found, err := cleanup.Running(mark)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("in a minute there was not: %s", what)
}

func start(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), parentVariable+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _, _ = cleanup.Kill(dir, 0, time.Minute) })
	return cmd
}

// TestKilled kills a process at moments from its start on: what it started
// ends, what it created is removed, and the watcher ends too.
func TestKilled(t *testing.T) {
	for _, after := range []time.Duration{0, 10 * time.Millisecond, 30 * time.Millisecond, -1} {
		dir := filepath.Join(t.TempDir(), "run")
		cmd := start(t, dir)
		if after >= 0 {
			time.Sleep(after)
		} else {
			until(t, "three children", func() bool { return len(running(t, dir)) == 3 })
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		until(t, "an end of all it started", func() bool { return len(running(t, dir)) == 0 })
		until(t, "an end of its folder", func() bool { _, err := os.Stat(dir); return os.IsNotExist(err) })
		until(t, "an end of the watcher", func() bool {
			pid, _ := os.ReadFile(dir + ".watcher")
			args, _ := os.ReadFile(filepath.Join("/proc", string(pid), "cmdline"))
			return !strings.HasPrefix(string(args), "cleanup")
		})
	}
}

// TestStopped: a watcher that is stopped cleans nothing up.
func TestStopped(t *testing.T) {
	dir := t.TempDir()
	w, err := cleanup.Watch(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	if below, err := cleanup.Below(w); err != nil || len(below) > 0 {
		t.Errorf("below this process: %v, %v; want nothing but the watcher", below, err)
	}
	if below, err := cleanup.Below(); err != nil || len(below) != 1 || below[0].PID != w.PID() {
		t.Errorf("below this process: %v, %v; want the watcher, process %d", below, err, w.PID())
	}
	w.Stop()
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("the folder of a run that ended well: %v", err)
	}
}

// TestMarks checks that a mark finds only the processes that have it.
func TestMarks(t *testing.T) {
	dir := t.TempDir()
	for name, own := range map[string]bool{
		dir: true, cleanup.Part(dir, "terraform"): true, dir + "/of another run": false, dir + "2": false, "": false,
	} {
		cmd := exec.Command("sleep", "300")
		cmd.Env = append(os.Environ(), cleanup.Variable+"="+name)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		found := running(t, dir)
		if own && (len(found) != 1 || found[0].PID != cmd.Process.Pid || found[0].Command != "sleep") ||
			!own && len(found) > 0 {
			t.Errorf("a process with the mark %q: found %v", name, found)
		}
		if left, err := cleanup.Kill(dir, 0, time.Minute); err != nil || len(left) > 0 {
			t.Errorf("killed those of %s: %v left, %v", dir, left, err)
		}
	}
	if found := running(t, ""); len(found) > 0 {
		t.Errorf("an empty mark is that of %v", found)
	}
}
