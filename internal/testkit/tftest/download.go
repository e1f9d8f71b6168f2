package tftest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

const (
	// version of the AWS provider is the last one that the stacks take.
	version = "5.100.0"
	// within is how long its download, of 150 MB, may take.
	within = 5 * time.Minute
	// required asks for it.
	required = `terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "` + version + `" }
  }
}
`
)

var outcome struct {
	sync.Once
	place string
	err   error
}

// download returns a folder with the AWS provider in the user's cache, and gets
// it from the registry if it isn't there. A failure is kept: the registry isn't
// asked by each test.
func download(terraform string) (string, error) {
	outcome.Do(func() {
		cache, err := os.UserCacheDir()
		if err != nil {
			outcome.err = err
			return
		}
		outcome.place, outcome.err = downloadTo(filepath.Join(cache, "datalock"), terraform)
	})
	return outcome.place, outcome.err
}

// downloadTo does the same below another folder. What terraform init installs
// is laid out as a mirror.
func downloadTo(home, terraform string) (string, error) {
	place := filepath.Join(home, "provider-aws-"+version)
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(home, "provider.lock")).Lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(place); err == nil {
		return place, nil
	}
	work, err := os.MkdirTemp("", "provider-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(work) }()
	for name, text := range map[string]string{"versions.tf": required, "terraformrc": ""} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	cmd := exec.CommandContext(ctx, terraform, "init", "-no-color")
	cmd.Dir = work
	data := filepath.Join(home, "unfinished-provider")
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(work, "terraformrc"), "TF_DATA_DIR="+data,
		"CHECKPOINT_DISABLE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("it can't be downloaded: %s", strings.Join(strings.Fields(string(out)), " "))
	}
	return place, os.Rename(filepath.Join(data, "providers"), place)
}
