package inventory_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// TestCloseFailsAfterCopy leaves no open file: its copy is closed, too.
func TestCloseFailsAfterCopy(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection would close it
	i := stuckFiles(t, parquetReport(t, parquetSchema, parquetOf(t, []prow{locked("a", "1")})))
	for _, err := range i.Rows(t.Context()) {
		if !errors.Is(err, errClose) {
			t.Errorf("got %v", err)
		}
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range open {
		path, err := os.Readlink("/proc/self/fd/" + one.Name()) // that of the folder is closed by now
		if err == nil && strings.HasPrefix(filepath.Base(path), "datalock-") && strings.HasSuffix(path, " (deleted)") {
			t.Errorf("%s is open", path)
		}
	}
}
