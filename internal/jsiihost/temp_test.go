package jsiihost

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"datalock/internal/testkit/sandbox"
)

func TestMakeTemp(t *testing.T) {
	dir := t.TempDir()
	temp, err := makeTemp(dir)
	if err != nil || filepath.Dir(temp.path) != dir {
		t.Fatalf("a folder with room: %q, %v", temp.path, err)
	}
	temp.remove()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	for _, bad := range []string{filepath.Join(dir, "none"), "/dev/null"} {
		if _, err := makeTemp(bad); err == nil || !strings.Contains(err.Error(), "set TMPDIR") {
			t.Errorf("%s: %v; want what to do", bad, err)
		}
	}
}

// TestSweep creates a folder beside one left by a killed run, one in use, and
// unrelated ones.
func TestSweep(t *testing.T) {
	if runtime.GOOS == "windows" {
		sandbox.Skip(t, "folders can't be locked")
	}
	dir := t.TempDir()
	used, err := makeTemp(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer used.remove()
	killed := filepath.Join(dir, folderPrefix+"2")
	others := []string{"datalock-2026", "datalock-rehearsal-1", folderPrefix + "1x", "other" + folderPrefix + "1"}
	kept := append([]string{filepath.Base(used.path)}, others...)
	for _, name := range append(others, filepath.Base(killed)) {
		if err := os.MkdirAll(filepath.Join(dir, name, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	temp, err := makeTemp(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer temp.remove()
	if _, err := os.Stat(killed); !os.IsNotExist(err) {
		t.Errorf("what a killed run left is still there: %v", err)
	}
	for _, name := range kept {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s was removed: %v", name, err)
		}
	}
}

// TestHold: a folder that was removed before it could be locked isn't held.
func TestHold(t *testing.T) {
	if _, ours := hold(filepath.Join(t.TempDir(), "removed")); ours && runtime.GOOS != "windows" {
		t.Error("a folder that isn't there is held")
	}
}

func TestAvailable(t *testing.T) {
	if free, known := available(t.TempDir()); known && free == 0 {
		t.Error("a folder in which tests run has no room")
	}
	if _, known := available("/nowhere"); known {
		t.Error("the room of a folder that isn't there is known")
	}
}
