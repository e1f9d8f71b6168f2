// Package apptest runs the app as a user does, for tests: the binary, in its own
// folder, with a cdktf.json.
package apptest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "datalock-app-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "app")
	// Unlike go build, go run keeps the linked program in its cache, for the
	// other packages' tests.
	cmd := exec.Command("go", "run", "-exec", "cp", ".", binary)
	cmd.Dir = Root()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the app: %w\n%s", err, out)
	}
	return binary, nil
})

// Build builds the app once for all tests of a package and returns the path of
// the binary, in the tests' sandbox.
func Build(t testing.TB) string {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// Root returns the project's folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(filepath.Dir(file))))
}

// ExampleSettings returns the settings of every example by name: those in the
// project's cdktf.json and in testdata/settings.
func ExampleSettings(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	examples := map[string]json.RawMessage{"default": Shipped(t)}
	files, err := filepath.Glob(filepath.Join(Root(), "testdata", "settings", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("find the examples: %v, %d files", err, len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		examples[name[:len(name)-len(".json")]] = text
	}
	return examples
}

// Shipped returns the settings in the project's cdktf.json.
func Shipped(t testing.TB) json.RawMessage {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(), "cdktf.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Context struct{ Datalock json.RawMessage }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Context.Datalock
}

// Project writes a cdktf.json with the settings into dir.
func Project(t testing.TB, dir string, settings []byte) {
	t.Helper()
	text := fmt.Sprintf(`{"language": "go", "app": "go run .", "context": {"datalock": %s}}`, settings)
	if err := os.WriteFile(filepath.Join(dir, "cdktf.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Synth runs the app on the settings in a new folder, with variables added to
// the environment, and returns the folder of the output: cdktf.out.
func Synth(t testing.TB, settings []byte, env ...string) string {
	t.Helper()
	dir := t.TempDir()
	Project(t, dir, settings)
	cmd := exec.Command(Build(t))
	cmd.Env = append(os.Environ(), env...)
	Run(t, cmd, dir)
	return filepath.Join(dir, "cdktf.out")
}

// Files returns the bytes of every file below a folder, by their slash-
// separated paths.
func Files(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		relative, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(relative)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
