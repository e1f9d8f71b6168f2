package ending_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/sandbox"
)

// TestRenamed holds a copy of the project under a module name that sorts after
// jsii's to what holds for the project: Go initialises packages in the order of
// their import paths, and jsii's do work there.
func TestRenamed(t *testing.T) {
	t.Parallel()
	binary := renamed(t, "zzz.example/x")
	t.Run("synth", func(t *testing.T) {
		want := apptest.Files(t, apptest.Synth(t, apptest.Shipped(t)))
		dir := t.TempDir()
		apptest.Project(t, dir, apptest.Shipped(t))
		apptest.Run(t, exec.Command(binary), dir)
		got := apptest.Files(t, filepath.Join(dir, "cdktf.out"))
		if len(want) == 0 || len(got) != len(want) {
			t.Errorf("it wrote %d files, want %d", len(got), len(want))
		}
		for file := range want {
			if got[file] != want[file] {
				t.Errorf("%s differs:\n%s\nwant\n%s", file, got[file], want[file])
			}
		}
	})
	t.Run("disk full", func(t *testing.T) { diskFull(t, binary) })
	t.Run("signals", func(t *testing.T) { signalsAtAnyTime(t, binary, 4) })
}

// TestDiskFull: a temporary folder without room is told in one line.
func TestDiskFull(t *testing.T) { diskFull(t, apptest.Build(t)) }

// diskFull runs an app with a small disk as its temporary folder, in a mount
// namespace of its own.
func diskFull(t *testing.T, binary string) {
	t.Helper()
	if out, err := exec.Command("unshare", "-Urm", "true").CombinedOutput(); err != nil {
		sandbox.Skip(t, "no mount namespace is to be had: %v %s", err, out)
	}
	dir, temp := t.TempDir(), t.TempDir()
	apptest.Project(t, dir, apptest.Shipped(t))
	cmd := exec.Command("unshare", "-Urm", "sh", "-c", `mount -t tmpfs -o size=256k none "$TMPDIR" && exec "$0"`, binary)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+temp)
	out, _ := cmd.CombinedOutput()
	want := "use the temporary folder " + temp + ": no space left on device: 0 MB are free where 16 MB are needed; " +
		"make room, or set TMPDIR to another folder\n"
	if code := cmd.ProcessState.ExitCode(); code != 1 || string(out) != want {
		t.Errorf("exit %d: %s\nwant exit 1: %s", code, out, want)
	}
}

// readmeModule is the module name in the README's commands.
const readmeModule = "github.com/acme/datalock"

// rename returns the README's commands that rename the project, for a name.
func rename(t *testing.T, module string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "**Fork and rename.**")
	_, rest, _ = strings.Cut(rest, "```sh\n")
	script, _, found := strings.Cut(rest, "```")
	if !found || !strings.Contains(script, "go mod edit -module "+readmeModule) {
		t.Fatalf("the README doesn't say how to rename the project:\n%s", script)
	}
	return strings.ReplaceAll(script, readmeModule, module)
}

// renamed builds the app from a copy of the project under another module name,
// renamed by the README's commands. Every package is found under the new name,
// those of the other modules too.
func renamed(t *testing.T, module string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		sandbox.Skip(t, "there is no git on PATH")
	}
	dir := t.TempDir()
	copyProject(t, dir)
	bash := func(script string) string {
		out, err := apptest.Bash(dir, script)
		if err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		return out
	}
	bash("git init -q && git add .")
	bash(rename(t, module))
	for _, folder := range []string{".", "internal/rehearse/server", "examples/queue"} {
		list := "cd " + folder + " && go list -deps -test -f '{{with .Module}}{{.Path}}{{end}}' ./... | sort -u"
		modules := strings.Fields(bash(list))
		isNew := func(path string) bool { return strings.HasPrefix(path+"/", module+"/") }
		isOld := func(path string) bool { return strings.HasPrefix(path+"/", "datalock/") }
		if !slices.ContainsFunc(modules, isNew) || slices.ContainsFunc(modules, isOld) {
			t.Errorf("%s is built from the modules %v", folder, modules)
		}
	}
	binary := filepath.Join(dir, "renamed app")
	apptest.Run(t, exec.Command("go", "build", "-o", binary, "."), dir)
	return binary
}

// copyProject copies the project, without what is neither built nor renamed.
func copyProject(t *testing.T, dir string) {
	t.Helper()
	left := []string{".git", "docs", "testdata", "node_modules", "cdktf.out", "datalock-report", "bin"}
	err := filepath.WalkDir(apptest.Root(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(apptest.Root(), path)
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir() && slices.Contains(left, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(dir, relative), 0o755)
		case !entry.Type().IsRegular() || relative == ".git" ||
			relative == "datalock": // a work tree's, and what go build makes
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, relative), text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
