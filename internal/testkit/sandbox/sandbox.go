// Package sandbox gives the tests of a package a temporary folder of their own
// and removes it with everything that was started in it, however the tests end.
//
// A killed test binary runs no t.Cleanup and no TestMain, and the children of
// its children know nothing of its death: a killed terraform leaves a provider
// of 500 MB behind. So this package sets the variable for the temporary folder,
// which all processes below inherit, and starts a janitor: a small shell script
// outside the process group that waits for the end of a pipe. When the tests
// have ended it kills each process that has the folder in its environment (on
// Linux, where /proc has the environments) and removes the folder. What the
// janitor could not remove is removed by the next run.
//
// jsii writes into the temporary folder while Go initialises packages. Go
// initialises packages in the order of their import paths as soon as what they
// import is initialised; this one imports less than jsii and sorts before it.
// https://go.dev/ref/spec#Program_initialization
//
// Import it for its effect, or call [Main] in TestMain.
package sandbox

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"testing"
	"time"
)

const (
	// pattern is that of the folders' names. It is short: sockets lie below, and
	// their paths may have 107 bytes. No name is the beginning of another one.
	pattern = "dltest-*-"
	// variable names the folder to the processes below.
	variable = "DATALOCK_TEST_SANDBOX"
	// settle is how long processes may take to end after the tests.
	settle = 10 * time.Second
	// gcPercent is the GOGC of the tests.
	gcPercent = 400
	// softLimit is the memory in bytes above which a test binary collects more.
	softLimit = 384 << 20
)

// dir is the folder, or "" in a process that a sandboxed test started.
var dir string

// end has the janitor clean up, and waits for it.
var end = func() {}

func init() {
	if os.Getenv(variable) != "" {
		return
	}
	if err := set(os.TempDir()); err != nil {
		fmt.Fprintf(os.Stderr, "make a temporary folder for the tests: %v\n", err)
		os.Exit(1)
	}
}

// set makes the folder below another one, and has it used.
func set(parent string) error {
	removeStale(parent)
	made, err := os.MkdirTemp(parent, pattern)
	if err != nil {
		return err
	}
	// As the temporary folder itself: some tests run the app as another user.
	if err := os.Chmod(made, os.ModeSticky|0o777); err != nil {
		return err
	}
	if err := hold(made); err != nil {
		return err
	}
	if end, err = startJanitor(made); err != nil {
		return err
	}
	for _, name := range []string{"TMPDIR", "TMP", "TEMP", variable} {
		if err := os.Setenv(name, made); err != nil {
			return err
		}
	}
	dir = made
	return collectLess()
}

// collectLess has Go collect garbage less often, here and in all processes
// below, unless GOGC says otherwise. Above softLimit this process collects more.
func collectLess() error {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	debug.SetGCPercent(gcPercent)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softLimit)
	}
	return os.Setenv("GOGC", strconv.Itoa(gcPercent))
}

// removeStale removes the folders of runs that are over: nobody holds them. A
// new one is left alone until its owner has had the time to hold it.
func removeStale(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, pattern))
	for _, path := range found {
		if info, err := os.Lstat(path); err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute ||
			held(path) {
			continue
		}
		_ = os.RemoveAll(path)
	}
}

// Main runs a package's tests, removes what they left, and returns the code to
// exit with: a process that outlives its test is a failure.
func Main(m *testing.M) int {
	code := m.Run()
	if dir == "" {
		return code
	}
	if left := outliving(); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "FAIL: the tests left processes running: %s\n", left)
		code = max(code, 1)
	}
	end()
	return code
}

// MainWaiting does the same for tests that wait more than they work: of those
// that call t.Parallel, atOnce run at a time, unless -parallel says otherwise.
func MainWaiting(m *testing.M, atOnce int) int {
	if err := flag.Set("test.parallel", strconv.Itoa(atOnce)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return Main(m)
}

// outliving returns the command lines of processes that tests started and that
// don't end.
func outliving() []string {
	var left []string
	for start := time.Now(); time.Since(start) < settle; time.Sleep(50 * time.Millisecond) {
		if left = processes(dir); len(left) == 0 {
			return nil
		}
	}
	return left
}
