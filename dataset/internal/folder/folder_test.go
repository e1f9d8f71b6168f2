package folder_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"datalock/dataset/internal/folder"
)

func list(t *testing.T, dir string, o folder.Options) (*folder.Listing, []string) {
	t.Helper()
	if o.MaxName == 0 {
		o.MaxName = 1000
	}
	var problems []string
	l, err := folder.List(
		t.Context(),
		dir,
		o,
		func(name, problem string) { problems = append(problems, fmt.Sprintf("%+q %s", name, problem)) },
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	slices.Sort(problems)
	return l, problems
}

func names(t *testing.T, l *folder.Listing) []string {
	t.Helper()
	var all []string
	for f, err := range l.Sorted() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f.Name)
	}
	return all
}

func touch(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, name := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOrder: files come in the byte order of their whole names.
func TestOrder(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "a/b", "a-b", "a.b", "A", "é", "z/z/z", "z/z-", "0")
	for i := range 600 {
		touch(t, dir, fmt.Sprintf("many/%03d", i))
	}
	l, problems := list(t, dir, folder.Options{})
	got := names(t, l)
	if !slices.IsSorted(got) || len(got) != 608 || l.Files != 608 || len(problems) > 0 {
		t.Errorf("%d files, %v, %q", l.Files, problems, got)
	}
	if !slices.Equal(got[:5], []string{"0", "A", "a-b", "a.b", "a/b"}) {
		t.Errorf("the first are %q", got[:5])
	}
}

func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "good", "bad\xffname", "new\nline", "sub/"+strings.Repeat("l", 40),
		"caf\u00e9", "cafe\u0301", "\u212b", "A\u030a", "only-decomposed-e\u0301")
	if err := os.Symlink("good", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("sub", filepath.Join(dir, "linked-folder")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, problems := list(t, dir, folder.Options{MaxName: 30})
	for _, want := range []string{
		`"bad\xffname" has a name that is not UTF-8`, `"new\nline" has a control character`,
		`has a name of 44 bytes, but a key under this prefix has room for 30`,
		`"link" is a symbolic link`, `"linked-folder" is a symbolic link`, `"pipe" is not a regular file`,
		`"cafe\u0301" has the name of "caf\u00e9" in another Unicode normalisation`,
		`has the name of "A\u030a" in another Unicode normalisation`,
	} {
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, want) }) {
			t.Errorf("nothing says %s", want)
		}
	}
	if len(problems) != 8 {
		t.Errorf("%d problems: %q", len(problems), problems)
	}
}

func TestExclude(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "keep", "x.tmp", "sub/y.tmp", "raw/a/b", "raw2/c", ".git/config", "sub/raw/d")
	for _, c := range []struct {
		patterns, want string
	}{
		{"", ".git/config keep raw/a/b raw2/c sub/raw/d sub/y.tmp x.tmp"},
		{"*.tmp", ".git/config keep raw/a/b raw2/c sub/raw/d"},
		{"raw/**,.git", "keep raw2/c sub/raw/d sub/y.tmp x.tmp"},
		{"raw,/x.tmp", ".git/config keep raw2/c sub/y.tmp"},
		{"**/*.tmp", ".git/config keep raw/a/b raw2/c sub/raw/d"},
		{".git/,raw/", "keep raw2/c sub/y.tmp x.tmp"},
		{"./raw,./x.tmp", ".git/config keep raw2/c sub/raw/d sub/y.tmp"},
		{"./raw/,sub/raw/", ".git/config keep raw2/c sub/y.tmp x.tmp"},
		{"keep/,x.tmp/", ".git/config keep raw/a/b raw2/c sub/raw/d sub/y.tmp x.tmp"},
	} {
		var patterns []string
		if c.patterns != "" {
			patterns = strings.Split(c.patterns, ",")
		}
		l, _ := list(t, dir, folder.Options{Exclude: patterns})
		if got := strings.Join(names(t, l), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.patterns, got, c.want)
		}
	}
	wrong := []string{"[", "", "/", "./", "!keep"}
	if got := folder.CheckPatterns(append(wrong, "ok*", `\!keep`)); len(got) != len(wrong) ||
		!strings.Contains(got[4].Error(), "! doesn't include files again") {
		t.Errorf("of the wrong patterns, these are found: %v", got)
	}
	if _, err := folder.List(t.Context(), dir, folder.Options{Exclude: wrong}, nil); err == nil {
		t.Error("a wrong pattern is used")
	}
}

// TestUnmatched: patterns that match nothing are named, also beside others that
// match the same.
func TestUnmatched(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "keep", "x.tmp", ".git/config")
	l, _ := list(t, dir, folder.Options{Exclude: []string{"*.tmp", "x.tmp", ".git/", "keep/", "*.TMP"}})
	if want := []string{"keep/", "*.TMP"}; !slices.Equal(l.Unmatched, want) {
		t.Errorf("unmatched are %q, want %q", l.Unmatched, want)
	}
}

func TestSummary(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "a/file")
	for _, empty := range []string{"empty", "b/c"} {
		if err := os.MkdirAll(filepath.Join(dir, empty), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var listed atomic.Int64
	l, _ := list(t, dir, folder.Options{Listed: &listed})
	slices.Sort(l.EmptyFolders)
	if l.Files != 1 || listed.Load() != 1 || l.Bytes != 6 || l.EmptyFoldersCount != 2 ||
		!slices.Equal(l.EmptyFolders, []string{"b/c", "empty"}) {
		t.Errorf("%+v", l)
	}
	if _, err := folder.List(t.Context(), filepath.Join(dir, "a/file"), folder.Options{}, nil); err == nil {
		t.Error("a file is listed")
	}
}

func TestChanged(t *testing.T) {
	f := folder.File{Name: "f", Size: 1, Modified: 2, Device: 3, Inode: 4, Touched: 5}
	for _, other := range []folder.File{
		{"f", 2, 2, 3, 4, 5}, {"f", 1, 3, 3, 4, 5}, {"f", 1, 2, 4, 4, 5}, {"f", 1, 2, 3, 5, 5}, {"f", 1, 2, 3, 4, 6},
	} {
		if f.Changed(other) == "" {
			t.Errorf("%+v is the same", other)
		}
	}
	if f.Changed(f) != "" {
		t.Error("a file differs from itself")
	}
}

// TestTooLarge: a file that no object can hold is a mistake before anything is sent.
func TestTooLarge(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "four", "seven77")
	l, problems := list(t, dir, folder.Options{MaxSize: 4})
	if l.Files != 1 || l.Largest != 4 || len(problems) != 1 ||
		!strings.Contains(problems[0], `"seven77" has 7 bytes, and an object of S3 at most 4`) {
		t.Errorf("%d files, %q", l.Files, problems)
	}
}
