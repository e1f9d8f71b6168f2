// Package npmtest installs the npm tools that tests run: the IAM simulator and
// cdktf's command line. None of them is shipped.
//
// A tool is a folder of the project with a package.json and a committed
// package-lock.json. It is installed once, into the user's cache folder, under
// the hash of the two files; the source tree stays as it is.
package npmtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"datalock/internal/testkit/sandbox"

	"github.com/rogpeppe/go-internal/lockedfile"
)

const (
	// within is how long an installation may take.
	within = 5 * time.Minute
	// unused is after how long an installation is removed.
	unused = 30 * 24 * time.Hour
)

var installed sync.Map // folder: func() (string, error)

// Install returns the folder in which a tool is installed: its node_modules has
// the tool. folder has the tool's package.json and package-lock.json. The test
// is skipped if the tool can't be had.
func Install(t testing.TB, folder string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	once, _ := installed.LoadOrStore(folder, sync.OnceValues(func() (string, error) {
		return install(t.Context(), folder, filepath.Join(cache, "datalock", "npm"))
	}))
	place, err := once.(func() (string, error))()
	if err != nil {
		sandbox.Skip(t, "the npm tool in %s can't be installed: %v", filepath.Base(folder), err)
	}
	return place
}

// install installs a tool below home, if it isn't there yet.
func install(ctx context.Context, folder, home string) (string, error) {
	files := map[string][]byte{"package.json": nil, "package-lock.json": nil}
	for name := range files {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return "", err
		}
		files[name] = text
	}
	sum := sha256.Sum256(append(files["package.json"], files["package-lock.json"]...))
	name := filepath.Base(folder)
	place := filepath.Join(home, name+"-"+hex.EncodeToString(sum[:8]))
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	// One process installs; others wait for it.
	unlock, err := lockedfile.MutexAt(filepath.Join(home, name+".lock")).Lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(place); err == nil {
		now := time.Now()
		return place, os.Chtimes(place, now, now)
	}
	prune(home, name)
	work, err := os.MkdirTemp(home, "unfinished-"+name+"-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(work) }()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(work, name), text, 0o600); err != nil {
			return "", err
		}
	}
	if err := npm(ctx, work); err != nil {
		return "", err
	}
	return place, os.Rename(work, place)
}

// npm installs what the lock file in a folder names.
func npm(ctx context.Context, folder string) error {
	path, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("there is no npm on PATH")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("npm ci took more than %s", within))
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "ci", "--ignore-scripts", "--no-audit", "--no-fund",
		"--no-update-notifier", "--prefer-offline", "--fetch-retries=1")
	cmd.Dir = folder
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, complaint(string(out)))
	}
	return nil
}

// complaint returns the first line in which npm says what is wrong.
func complaint(out string) string {
	for line := range strings.Lines(out) {
		said, isError := strings.CutPrefix(strings.TrimSpace(line), "npm error ")
		if isError && !strings.HasPrefix(said, "code ") && !strings.HasPrefix(said, "errno ") {
			return said
		}
	}
	return strings.TrimSpace(out)
}

// prune removes what killed installations of a tool left, and installations
// that nobody has used for long. The caller holds the lock.
func prune(home, name string) {
	unfinished, _ := filepath.Glob(filepath.Join(home, "unfinished-"+name+"-*"))
	finished, _ := filepath.Glob(filepath.Join(home, name+"-*"))
	for _, path := range finished {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > unused {
			unfinished = append(unfinished, path)
		}
	}
	for _, path := range unfinished {
		_ = os.RemoveAll(path)
	}
}
