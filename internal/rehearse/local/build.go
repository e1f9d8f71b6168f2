package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"datalock/internal/cleanup"
)

// SourceVariable names the folder of the server's sources, for programs that
// run away from the project.
const SourceVariable = "DATALOCK_SERVER_SOURCE"

// folder is where the sources lie in the project.
var folder = filepath.Join("internal", "rehearse", "server")

// module is the line by which the sources are known.
const module = "module datalock/internal/rehearse/server"

// Source returns the folder of the server's sources: the one named in
// SourceVariable, or internal/rehearse/server in dir or in a folder above it.
func Source(dir string, getenv func(string) string) (string, error) {
	if named := getenv(SourceVariable); named != "" {
		if !isSource(named) {
			return "", fmt.Errorf("find the local server's sources: %s names %s, which isn't the folder internal/rehearse/server of the project", SourceVariable, named)
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
			return "", fmt.Errorf("find the local server's sources: there is no %s in %s or above it; run this in the project's folder, name the sources in %s, or rehearse against another server with --endpoint", folder, start, SourceVariable)
		}
	}
}

func isSource(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && strings.HasPrefix(string(text), module)
}

// Build returns the path of the server's binary for the sources in source. It
// is compiled where cache, a folder that is made when needed, doesn't hold it
// yet; building is called before, since that takes a while. It is built in a folder
// below temp, or in the system's place for temporary folders if temp is empty.
func Build(ctx context.Context, source, cache, temp string, building func()) (string, error) {
	key, err := fingerprint(source)
	if err != nil {
		return "", fmt.Errorf("read the local server's sources: %w", err)
	}
	binary := filepath.Join(cache, "server-"+key)
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if info, err := os.Stat(binary); err == nil && info.Mode().IsRegular() {
		return binary, nil
	}
	if _, err := exec.LookPath("go"); err != nil {
		return "", errors.New("build the local server: there is no go on PATH, and the server is built from its sources; install Go from https://go.dev/dl, or rehearse against another server with --endpoint")
	}
	building()
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", fmt.Errorf("build the local server: %w", err)
	}
	if err := compile(ctx, source, temp, binary); err != nil {
		return "", err
	}
	prune(cache, binary)
	return binary, nil
}

// compile builds in a temporary folder, which holds go's own too, and moves the
// binary to its place: two builds at once don't meet, and a killed one leaves
// nothing that would be taken for whole.
func compile(ctx context.Context, source, temp, binary string) error {
	work, err := os.MkdirTemp(temp, "datalock-build-")
	if err != nil {
		return fmt.Errorf("build the local server: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	made := filepath.Join(work, "server")
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "build", "-o", made, ".")
	cmd.Dir, cmd.Stdout, cmd.Stderr = source, &messages, &messages
	// A workspace of the user's must not change what is built.
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOTMPDIR="+work)
	// go's compilers are in its group, and go waits for none of them.
	cleanup.Group(cmd)
	cmd.Cancel = func() error { return cleanup.KillGroup(cmd) }
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("build the local server: %w", context.Cause(ctx))
		}
		return fmt.Errorf("build the local server in %s: %w\n%s", source, err, bytes.TrimSpace(messages.Bytes()))
	}
	if err := move(made, binary); err != nil {
		return fmt.Errorf("keep the local server: %w", err)
	}
	return nil
}

// move renames a file, or copies it and renames the copy if the place is on
// another file system.
func move(from, to string) error {
	if os.Rename(from, to) == nil {
		return nil
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	copied, err := os.CreateTemp(filepath.Dir(to), ".copy-")
	if err != nil {
		return err
	}
	_, err = copied.Write(text)
	if err = errors.Join(err, copied.Chmod(0o700), copied.Close()); err == nil {
		err = os.Rename(copied.Name(), to)
	}
	if err != nil {
		_ = os.Remove(copied.Name())
	}
	return err
}

// prune removes the binaries of earlier sources. One that is running stays
// usable, or can't be removed: both are fine.
func prune(cache, current string) {
	old, err := filepath.Glob(filepath.Join(cache, "server-*"))
	if err != nil {
		return
	}
	for _, path := range old {
		if path != current {
			_ = os.Remove(path)
		}
	}
}

// fingerprint is a hash over the sources and the Go version that builds them.
func fingerprint(source string) (string, error) {
	var files []string
	err := filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && name == "testdata" {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() && !strings.HasSuffix(name, "_test.go") && (strings.HasSuffix(name, ".go") || name == "go.mod" || name == "go.sum") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	slices.Sort(files)
	hash := sha256.New()
	_, _ = io.WriteString(hash, runtime.Version()+runtime.GOOS+runtime.GOARCH)
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		name, err := filepath.Rel(source, path)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(hash, "\x00%s\x00%d\x00", filepath.ToSlash(name), len(text))
		_, _ = hash.Write(text)
	}
	return hex.EncodeToString(hash.Sum(nil))[:24], nil
}
