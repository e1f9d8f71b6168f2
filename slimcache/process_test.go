package slimcache_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"datalock/internal/testkit/apptest"
)

func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "slimcache-home-")
	if err != nil {
		panic(err)
	}
	warmHome = home
	os.Exit(apptest.Main(m))
}

// A run is one start of the app, as a separate process with a separate home
// folder; it can use only what is in them.
type run struct {
	binary, home, dir string
	env               []string
	asUser            func(*exec.Cmd)
}

// newRun returns a run of the app on the settings that ship.
func newRun(t *testing.T, home string, env ...string) *run {
	t.Helper()
	r := &run{binary: apptest.Build(t), home: home, dir: t.TempDir(), env: env}
	r.project(t)
	return r
}

func (r *run) project(t *testing.T) {
	t.Helper()
	apptest.Project(t, r.dir, apptest.Shipped(t))
}

// do starts the app and returns what it wrote to standard error, and its
// output.
func (r *run) do(t *testing.T) (stderr string, files map[string]string) {
	t.Helper()
	stderr, err := r.start(t)
	if err != nil {
		t.Fatalf("run the app: %v\n%s", err, stderr)
	}
	return stderr, apptest.Files(t, filepath.Join(r.dir, "cdktf.out"))
}

func (r *run) start(t *testing.T) (string, error) {
	t.Helper()
	cmd := r.command()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	return stderr.String(), err
}

func (r *run) command() *exec.Cmd {
	cmd := exec.Command(r.binary)
	cmd.Dir = r.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.home, "TMPDIR=" + os.TempDir()}, r.env...)
	if r.asUser != nil {
		r.asUser(cmd)
	}
	return cmd
}

// complaint returns what the slim cache said on standard error.
func complaint(stderr string) string {
	var lines []string
	for line := range strings.Lines(stderr) {
		if strings.Contains(line, "slimcache") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

// mustBeSlim fails unless the run took its packages from the slim cache:
// otherwise jsii would have created its cache in this home folder.
func mustBeSlim(t *testing.T, stderr, home string) {
	t.Helper()
	if said := complaint(stderr); said != "" {
		t.Errorf("the slim cache was not used: %s", said)
	}
	if _, err := os.Stat(filepath.Join(home, ".cache", "aws")); err == nil {
		t.Error("jsii created its own cache")
	}
	if caches := slimCaches(t, home); len(caches) != 1 {
		t.Errorf("there are %d slim caches, want 1: %q", len(caches), caches)
	}
}

func slimCaches(t *testing.T, home string) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(home, ".cache", "cdktf-slimcache", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// mustEqual fails where two outputs differ.
func mustEqual(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(want) < 2 {
		t.Errorf("the output has %d files, want a manifest and a stack", len(want))
	}
	if err := differ(got, want); err != nil {
		t.Error(err)
	}
}

func differ(got, want map[string]string) error {
	for name := range want {
		if got[name] != want[name] {
			return fmt.Errorf("%s differs:\n%s\nwant\n%s", name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d files, want %d", len(got), len(want))
	}
	return nil
}

var (
	warmHome   string
	warmOutput map[string]string
	warmOnce   sync.Once
)

// warm returns a home with a slim cache in it, to be copied or left as it is,
// and the output of the settings that ship.
func warm(t *testing.T) (home string, output map[string]string) {
	t.Helper()
	warmOnce.Do(func() { _, warmOutput = newRun(t, warmHome).do(t) })
	if warmOutput == nil {
		t.Fatal("the first run failed")
	}
	return warmHome, warmOutput
}

// homeCopy returns a new home folder with a slim cache in it.
func homeCopy(t *testing.T) string {
	t.Helper()
	from, _ := warm(t)
	home := t.TempDir()
	if out, err := exec.Command("cp", "-a", from+"/.", home).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return home
}
