package folder

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/dataset/internal/spill"
)

// TestSwappedWhileListed: a folder or a file that becomes a symbolic link between the
// listing of its name and its turn isn't followed.
func TestSwappedWhileListed(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	for _, path := range []string{
		filepath.Join(dir, "sub", "a"), filepath.Join(dir, "inside", "secret"), filepath.Join(dir, "file"),
		filepath.Join(outside, "secret"),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, to := range []string{outside, "inside", filepath.Join(outside, "secret"), "inside/secret"} {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		name := "sub"
		if strings.HasSuffix(to, "secret") {
			name = "file"
		}
		at := slices.IndexFunc(entries, func(e os.DirEntry) bool { return e.Name() == name })
		path := filepath.Join(dir, name)
		if err := os.Rename(path, path+"-was"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		problem := ""
		w := &walker{
			ctx: t.Context(), o: Options{MaxName: 100}, l: &Listing{root: root, sorter: spill.New(), decomposed: spill.New()},
			report: func(name, text string) { problem += name + " " + text },
		}
		if err := w.entry(root, name, entries[at]); err != nil || w.l.Files > 0 || !strings.HasPrefix(problem, name+" ") {
			t.Errorf("%s to %s: %d files, %q, %v", name, to, w.l.Files, problem, err)
		}
		w.l.Close()
		if err := errors.Join(os.Remove(path), os.Rename(path+"-was", path)); err != nil {
			t.Fatal(err)
		}
	}
}
