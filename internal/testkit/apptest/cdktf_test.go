package apptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"datalock/internal/testkit/apptest"
)

// TestCdktfSynth checks that cdktf's command line gives the same bytes for the
// project's settings.
func TestCdktfSynth(t *testing.T) {
	t.Parallel()
	command := apptest.Cdktf(t)
	dir := t.TempDir()
	apptest.Project(t, dir, apptest.Shipped(t))
	cmd := exec.Command(command, "synth", "--app", apptest.Build(t), "--output", "out")
	cmd.Env = append(os.Environ(), "CI=1", "CHECKPOINT_DISABLE=1")
	apptest.Run(t, cmd, dir)
	want := apptest.Files(t, apptest.Synth(t, apptest.Shipped(t)))
	got := apptest.Files(t, filepath.Join(dir, "out"))
	for file := range want {
		if got[file] != want[file] {
			t.Errorf("%s differs from that of go run .:\n%s\nwant\n%s", file, got[file], want[file])
		}
	}
	if len(got) != len(want) {
		t.Errorf("cdktf wrote %d files, go run . %d", len(got), len(want))
	}
}
