package apptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"datalock/internal/testkit/apptest"
)

// reordered are the settings of testdata/settings/full.json with all keys in
// another order.
const reordered = `{
	"buckets": {
		"evaluation-data": {
			"preventDestroy": false,
			"retention": {"days": 3e1, "mode": "GOVERNANCE"},
			"region": "us-gov-west-1",
			"namePrefix": "acme-evaluation-"
		},
		"training-data": {
			"retention": {"confirmRetentionDays": 4015, "years": 11, "mode": "COMPLIANCE"},
			"tags": {"team": "vision", "sensitivity": "high"},
			"name": "acme-training-data"
		}
	},
	"backend": {"s3": {"region": "eu-west-1", "key": "datalock/{stack}.tfstate", "bucket": "acme-terraform-state"}},
	"tags": {"managed-by": "datalock", "team": "ml-platform"},
	"account": "012345678901",
	"region": "eu-central-1"
}`

// TestSameBytes checks that the same settings give the same bytes in any folder,
// locale and time zone, in any order of keys, with go run and with cdktf.
func TestSameBytes(t *testing.T) {
	full := apptest.ExampleSettings(t)["full"]
	want := apptest.Files(t, apptest.Synth(t, full))
	if len(want) != 3 {
		t.Fatalf("the full example gives %d files, want a manifest and two stacks", len(want))
	}
	for name, output := range map[string]string{
		"same again":        apptest.Synth(t, full),
		"keys reordered":    apptest.Synth(t, []byte(reordered)),
		"another locale":    apptest.Synth(t, full, "LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8", "TZ=Pacific/Kiritimati"),
		"another folder":    synthElsewhere(t, full),
		"from command line": synthAsCommandLine(t, full),
	} {
		t.Run(name, func(t *testing.T) {
			got := apptest.Files(t, output)
			for file := range want {
				if got[file] != want[file] {
					t.Errorf("%s differs:\n%s\nwant\n%s", file, got[file], want[file])
				}
			}
			if len(got) != len(want) {
				t.Errorf("got %d files, want %d", len(got), len(want))
			}
		})
	}
}

// synthElsewhere runs a copy of the app in a folder with an unusual name.
func synthElsewhere(t *testing.T, settings []byte) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "ein Ordner für Daten")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(apptest.Build(t))
	if err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(dir, "moved app")
	if err := os.WriteFile(moved, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	apptest.Project(t, dir, settings)
	apptest.Run(t, exec.Command(moved), dir)
	return filepath.Join(dir, "cdktf.out")
}

// synthAsCommandLine passes settings and output folder as cdktf's command line
// does, in a folder whose cdktf.json is different.
func synthAsCommandLine(t *testing.T, settings []byte) string {
	t.Helper()
	dir := t.TempDir()
	outdir := filepath.Join(dir, "out")
	apptest.Project(t, dir, apptest.Shipped(t))
	cmd := exec.Command(apptest.Build(t))
	cmd.Env = append(os.Environ(),
		`CDKTF_CONTEXT_JSON={"cdktfRelativeModules":[],"datalock":`+string(settings)+`}`,
		"CDKTF_OUTDIR="+outdir, "CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS=true")
	apptest.Run(t, cmd, dir)
	return outdir
}
