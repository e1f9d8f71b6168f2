package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"datalock/internal/cleanup"
)

// SourceVariable is the environment variable with the folder of the server's
// sources, for programs that run outside the project.
const SourceVariable = "DATALOCK_SERVER_SOURCE"

// folder is the folder of the sources in the project.
var folder = filepath.Join("internal", "rehearse", "server")

// module is the first line of the sources' go.mod.
const module = "module datalock/internal/rehearse/server"

// Source returns the folder of the server's sources: the value of
// SourceVariable, or internal/rehearse/server in dir or in a folder above it.
func Source(dir string, getenv func(string) string) (string, error) {
	if named := getenv(SourceVariable); named != "" {
		if !isSource(named) {
			return "", fmt.Errorf("find the local server's sources: %s is %s, which isn't the project's folder %s",
				SourceVariable, named, folder)
		}
		return named, nil
	}
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the local server's sources: %w", err)
	}
	for at := start; ; at = filepath.Dir(at) {
		if candidate := filepath.Join(at, folder); isSource(candidate) {
			return candidate, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("find the local server's sources: no %s in %s or above it; run this in the project's "+
				"folder, set %s to that folder, or use another S3 server with --endpoint", folder, start, SourceVariable)
		}
	}
}

func isSource(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && strings.HasPrefix(string(text), module)
}

// CacheFix is what to do about a cache folder that can't be used.
const CacheFix = "set XDG_CACHE_HOME to a folder that can be written and in which programs can run"

// errNoGo is returned if the server can't be built.
var errNoGo = errors.New("there is no go on PATH, and the server is built from its sources; " +
	"install Go from https://go.dev/dl, or use another S3 server with --endpoint")

// Build builds the server and returns the path of its binary, in the folder
// cache. go decides what has to be built again. The first build takes a while,
// so building is called before it. go's temporary files are below temp, or in
// the system's temporary folder if temp is empty.
func Build(ctx context.Context, source, cache, temp string, building func()) (string, error) {
	binary, err := binaryOf(source, cache)
	if err == nil {
		if _, missing := os.Stat(binary); missing != nil {
			building()
		}
		err = compile(ctx, source, temp, binary)
	}
	if err != nil {
		return "", fmt.Errorf("build the local server: %w", err)
	}
	prune(cache, binary)
	return binary, nil
}

// binaryOf returns the path of the binary. Each checkout of the project has its
// own: one never runs the server of another.
func binaryOf(source, cache string) (string, error) {
	source, err := filepath.Abs(source)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf(prefix+"%x", sha256.Sum256([]byte(source)))[:24]
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", fmt.Errorf("make the cache folder: %w; %s", err, CacheFix)
	}
	return filepath.Join(cache, name), nil
}

// compile builds to a temporary name and renames the result, so that two builds
// at once and a killed one do no harm.
func compile(ctx context.Context, source, temp, binary string) error {
	work, err := os.MkdirTemp(temp, buildPrefix)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	built := binary + "." + filepath.Base(work)
	defer func() { _ = os.Remove(built) }()
	// go doesn't link a binary again that is up to date.
	// The link has the binary's time, and must not look like a leftover to prune.
	now := time.Now()
	_ = os.Chtimes(binary, now, now)
	_ = os.Link(binary, built)
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", built, ".")
	cmd.Dir, cmd.Stdout, cmd.Stderr = source, &messages, &messages
	// The user's workspace must not change what is built.
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOTMPDIR="+work)
	// go's compilers are in its process group, and go doesn't wait for them.
	cleanup.Group(cmd)
	cmd.Cancel = func() error { return cleanup.KillGroup(cmd) }
	switch err := cmd.Run(); {
	case err == nil:
		return os.Rename(built, binary)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return errNoGo
	default:
		return fmt.Errorf("in %s: %w\n%s", source, err, bytes.TrimSpace(messages.Bytes()))
	}
}
