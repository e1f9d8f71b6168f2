//go:build unix

package slimcache_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"datalock/internal/testkit/apptest"
)

// nobody is a user who owns nothing here. Root, to whom no file is read-only,
// takes that user's place; anybody else stays who he is.
const nobody = 65534

func asNobody(cmd *exec.Cmd) {
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

// openRun returns a run in a folder that everybody may enter, with spaces wherever
// there can be one, a copy of the app and a project that the other user owns.
func openRun(t *testing.T, home string, env ...string) *run {
	t.Helper()
	base := t.TempDir()
	text, err := os.ReadFile(apptest.Build(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &run{
		binary: filepath.Join(base, "moved app"), home: home, dir: filepath.Join(base, "ein Ordner"),
		env: env, asUser: asNobody,
	}
	if r.home == "" {
		r.home = filepath.Join(base, "mein Zuhause")
		give(t, r.home)
	}
	if err := os.WriteFile(r.binary, text, 0o755); err != nil {
		t.Fatal(err)
	}
	give(t, r.dir)
	r.project(t)
	for _, path := range []string{filepath.Dir(base), base, filepath.Join(r.dir, "cdktf.json"), r.binary} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// give makes a folder that belongs to the other user.
func give(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMovedProgram runs a copy of the app where there is nothing but node: no
// Go and no module cache. Root does it as another user.
func TestMovedProgram(t *testing.T) {
	t.Parallel()
	_, want := warm(t)
	r := openRun(t, "", "GOMODCACHE=/nonexistent", "GOFLAGS=-mod=vendor")
	for range 2 {
		stderr, files := r.do(t)
		mustBeSlim(t, stderr, r.home)
		mustEqual(t, files, want)
	}
}

// TestReadOnlyHome runs the app where the user may only read the cache; jsii's
// own would make it fail there. TestPrepareWithoutAPlace is about no cache, where
// none can be made.
func TestReadOnlyHome(t *testing.T) {
	t.Parallel()
	own, _ := warm(t)
	settings := examples(t, "AWS")
	home := homeCopy(t)
	for dir := home; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for dir := home; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			_ = os.Chmod(dir, 0o755)
		}
	})
	if os.Geteuid() != 0 {
		makeReadOnly(t, home)
	}
	r := openRun(t, home)
	apptest.Project(t, r.dir, settings)
	stderr, files := r.do(t)
	const start, end = "slimcache: no write access to the cache: ", "; jsii starts without the slim cache"
	if said := complaint(stderr); !strings.HasPrefix(said, start) || !strings.HasSuffix(said, end) ||
		strings.Contains(said, "\n") {
		t.Errorf("it said %q, want one line %q…%q", said, start, end)
	}
	mustEqual(t, files, slim(t, own, settings))
}

func makeReadOnly(t *testing.T, home string) {
	t.Helper()
	if out, err := exec.Command("chmod", "-R", "a-w", home).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", home).Run() })
}
