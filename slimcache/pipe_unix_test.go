//go:build unix

package slimcache

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestCheckReadsNoPipe holds that a pipe in the place of a file is damage:
// reading it would never end.
func TestCheckReadsNoPipe(t *testing.T) {
	sums, err := readManifest(built(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{manifestName, slices.Sorted(maps.Keys(sums))[0]} {
		dir := built(t)
		path := filepath.Join(dir, name)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := check(dir); !errors.Is(err, errDamaged) {
			t.Errorf("a pipe at %s: %v", path, err)
		}
	}
}
