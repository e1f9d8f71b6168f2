package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asJanitor makes the test binary run the janitor of the folder that it names.
const asJanitor = "DATALOCK_TEST_RUN_JANITOR"

// janitor is the way to a process that outlives the tests, however they end: it
// stops what they have started and removes what they have written.
var janitor io.Writer

// runTests runs the tests with a temporary folder of their own.
func runTests(m *testing.M) (exit int) {
	dir, err := os.MkdirTemp("", "datalock-server-tests-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asJanitor+"="+dir)
	// A signal to the tests' process group is not for the janitor.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	janitor = in
	if err := os.Setenv("TMPDIR", dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	exit = m.Run()
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		fmt.Fprintf(os.Stderr, "the tests left something in %s: %v\n", dir, err)
		return 1
	}
	return exit
}

// runJanitor waits until the tests have ended. Servers end by themselves.
func runJanitor(dir string) {
	groups := map[string]bool{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		group, began := strings.CutPrefix(lines.Text(), "+")
		if began {
			groups[group] = true
		} else {
			delete(groups, strings.TrimPrefix(group, "-"))
		}
	}
	for group := range groups {
		var pid int
		if _, err := fmt.Sscan(group, &pid); err == nil && pid > 1 {
			_ = syscall.Kill(-pid, syscall.SIGKILL)
		}
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		err := os.RemoveAll(dir)
		if _, statErr := os.Stat(dir); err == nil && os.IsNotExist(statErr) {
			// A server that was just ending may have written once more.
			time.Sleep(500 * time.Millisecond)
			if _, statErr := os.Stat(dir); os.IsNotExist(statErr) {
				return
			}
		}
	}
	os.Exit(1)
}

// runInGroup runs a command whose whole process group ends with the tests.
func runInGroup(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	fmt.Fprintf(janitor, "+%d\n", cmd.Process.Pid)
	err := cmd.Wait()
	fmt.Fprintf(janitor, "-%d\n", cmd.Process.Pid)
	return err
}
