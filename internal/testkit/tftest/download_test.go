package tftest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeTerraform is a terraform that installs an empty provider, or fails.
func fakeTerraform(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "terraform")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDownload(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	const provider = "registry.terraform.io/hashicorp/aws/" + version
	place, err := downloadTo(home,
		fakeTerraform(t, `grep -q `+version+
			` versions.tf && [ -f "$TF_CLI_CONFIG_FILE" ] && mkdir -p "$TF_DATA_DIR/providers/`+provider+`"`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(place, provider)); err != nil {
		t.Error(err)
	}
	if again, err := downloadTo(home, "/nonexistent"); again != place || err != nil {
		t.Errorf("it is downloaded a second time: %s, %v", again, err)
	}
}

func TestNoDownload(t *testing.T) {
	_, err := downloadTo(t.TempDir(), fakeTerraform(t, "echo 'no such'; echo host; exit 1"))
	if err == nil || !strings.Contains(err.Error(), "it can't be downloaded: no such host") {
		t.Errorf("got %v", err)
	}
}
