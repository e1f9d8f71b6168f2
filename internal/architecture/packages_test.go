package architecture_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

// packages returns the folders of the module that have code which isn't a
// test, without the modules below it.
func packages(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	root := apptest.Root()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			_, missing := os.Stat(filepath.Join(path, "go.mod"))
			if name == "testdata" || name == "node_modules" || path != root && (strings.HasPrefix(name, ".") || missing == nil) {
				return fs.SkipDir
			}
			return nil
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && folder != "." {
			found[filepath.ToSlash(folder)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestPackagesAreNamed holds the table of packages to the code, both ways.
func TestPackagesAreNamed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Packages\n")
	table, _, _ = strings.Cut(table, "\n## ")
	named := map[string]bool{}
	for line := range strings.Lines(table) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		for name := range strings.SplitSeq(first, ", ") {
			named[strings.Trim(name, "`")] = true
		}
	}
	there := packages(t)
	if len(there) < 15 {
		t.Errorf("only %d packages were found", len(there))
	}
	for name := range there {
		if !named[name] {
			t.Errorf("docs/architecture.md doesn't name the package %s", name)
		}
	}
	for name := range named {
		if _, err := os.Stat(filepath.Join(apptest.Root(), name)); err != nil {
			t.Errorf("docs/architecture.md names %s, which isn't there", name)
		}
	}
}

// TestNoPackageIsOnlyItsComment: tests need no package of their own beside them.
func TestNoPackageIsOnlyItsComment(t *testing.T) {
	for folder := range packages(t) {
		files, err := filepath.Glob(filepath.Join(apptest.Root(), folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		code := 0
		for _, file := range files {
			if name := filepath.Base(file); name != "doc.go" && !strings.HasSuffix(name, "_test.go") {
				code++
			}
		}
		if code == 0 {
			t.Errorf("%s has a doc.go and nothing else", folder)
		}
	}
}
