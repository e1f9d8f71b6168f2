package jsiihost

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMakeTemp(t *testing.T) {
	dir := t.TempDir()
	temp, err := makeTemp(dir)
	if err != nil || filepath.Dir(temp) != dir {
		t.Fatalf("a folder with room: %q, %v", temp, err)
	}
	removeTemp(temp)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	for _, bad := range []string{filepath.Join(dir, "none"), "/dev/null"} {
		if _, err := makeTemp(bad); err == nil || !strings.Contains(err.Error(), "set TMPDIR") {
			t.Errorf("%s: %v; want what to do", bad, err)
		}
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
