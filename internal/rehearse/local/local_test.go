package local_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"datalock/internal/cleanup"
	"datalock/internal/rehearse/local"
)

func none(string) string { return "" }

func TestSource(t *testing.T) {
	want, err := filepath.Abs("../server")
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{".", "../..", "../server/internal"} {
		if got, err := local.Source(from, none); err != nil || got != want {
			t.Errorf("from %s: %s, %v; want %s", from, got, err, want)
		}
	}
	if _, err := local.Source(t.TempDir(), none); err == nil || !strings.Contains(err.Error(), local.SourceVariable) ||
		!strings.Contains(err.Error(), "--endpoint") {
		t.Errorf("away from the project: %v; want what to do", err)
	}
	named := func(string) string { return want }
	if got, err := local.Source(t.TempDir(), named); err != nil || got != want {
		t.Errorf("named in the environment: %s, %v", got, err)
	}
	if _, err := local.Source(".", func(string) string { return t.TempDir() }); err == nil {
		t.Error("a folder that holds no sources was taken")
	}
}

// sources are those of a program that takes no time to build.
func sources(t *testing.T, program string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module datalock/internal/rehearse/server\n\ngo 1.26\n",
		"main.go": program,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const idle = "package main\n\nfunc main() {}\n"

// saying returns a program that prints a word.
func saying(word string) string {
	return "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"" + word + "\") }\n"
}

// said runs a binary and returns what it prints.
func said(t *testing.T, binary string) string {
	t.Helper()
	text, err := exec.Command(binary).Output()
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func TestBuildKeepsTheBinary(t *testing.T) {
	cache, source, first := filepath.Join(t.TempDir(), "cache"), sources(t, saying("one")), 0
	build := func() (string, os.FileInfo) {
		path, err := local.Build(t.Context(), source, cache, "", func() { first++ })
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return path, info
	}
	path, before := build()
	if again, after := build(); again != path || !os.SameFile(before, after) || first != 1 {
		t.Errorf("the same sources were linked again, as %s and %s, or announced %d times", path, again, first)
	}
	if err := os.WriteFile(filepath.Join(source, "main.go"), []byte(saying("two")), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, _ := build(); again != path || said(t, path) != "two" {
		t.Errorf("the changed sources give %s, which says %q", again, said(t, path))
	}
	other, err := local.Build(t.Context(), sources(t, saying("three")), cache, "", func() {})
	if err != nil || other == path || said(t, other) != "three" || said(t, path) != "two" {
		t.Errorf("another checkout's server is %s, %v", other, err)
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 2 {
		t.Errorf("the cache contains %v, %v; want the two binaries", left, err)
	}
}

// TestBuildPrunes: a build removes binaries that weren't used for a month and
// what killed builds left, and neither its own nor files of others.
func TestBuildPrunes(t *testing.T) {
	cache, source := filepath.Join(t.TempDir(), "cache"), sources(t, idle)
	own, err := local.Build(t.Context(), source, cache, "", func() {})
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	for name, age := range map[string]time.Duration{
		filepath.Base(own):            40 * day,
		"server-0123":                 31 * day,
		"server-4567":                 29 * day,
		"server-89.datalock-build-12": 2 * day,
		"server-89.datalock-build-34": time.Hour,
		"provider.lock":               40 * day,
	} {
		path, at := filepath.Join(cache, name), time.Now().Add(-age)
		if path != own {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := local.Build(t.Context(), source, cache, "", func() {}); err != nil { // marks the binary
		t.Fatal(err)
	}
	if _, err := local.Build(t.Context(), sources(t, idle), cache, "", func() {}); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		left = append(left, entry.Name())
	}
	for name, want := range map[string]bool{
		filepath.Base(own): true, "server-0123": false, "server-4567": true, "server-89.datalock-build-12": false,
		"server-89.datalock-build-34": true, "provider.lock": true,
	} {
		if slices.Contains(left, name) != want {
			t.Errorf("%s is there: %v, want %v", name, !want, want)
		}
	}
}

// TestBuildsAtOnce: every build returns a binary that runs, also while another
// one replaces it.
func TestBuildsAtOnce(t *testing.T) {
	cache, source := t.TempDir(), sources(t, saying("one"))
	var builds sync.WaitGroup
	for range 4 {
		builds.Go(func() {
			path, err := local.Build(t.Context(), source, cache, "", func() {})
			if err != nil {
				t.Error(err)
			} else if got := said(t, path); got != "one" {
				t.Errorf("the server says %q", got)
			}
		})
	}
	builds.Wait()
	if left, err := os.ReadDir(cache); err != nil || len(left) != 1 {
		t.Errorf("the cache contains %v, %v; want the binary", left, err)
	}
}

func TestBuildSaysWhatIsWrong(t *testing.T) {
	nothing := func() {}
	if _, err := local.Build(t.Context(), sources(t, "package main\n\nfunc main() { undefined() }\n"), t.TempDir(), "",
		nothing); err == nil || !strings.Contains(err.Error(), "undefined: undefined") {
		t.Errorf("sources with a mistake: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cache := t.TempDir()
	if _, err := local.Build(ctx, sources(t, idle), cache, "", func() { cancel(stopped) }); !errors.Is(err, stopped) {
		t.Errorf("an interrupted build: %v", err)
	}
	if left, _ := os.ReadDir(cache); len(left) > 0 {
		t.Errorf("an interrupted build left %v", left)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := local.Build(t.Context(), sources(t, idle), t.TempDir(), "", nothing); err == nil ||
		!strings.Contains(err.Error(), "there is no go on PATH") {
		t.Errorf("without go: %v", err)
	}
}

// TestInterruptedBuild interrupts a build while go compiles: neither a compiler
// nor a folder stays.
func TestInterruptedBuild(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("GOCACHE", t.TempDir())
	t.Setenv(cleanup.Variable, temp)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	go func() {
		defer cancel(stopped)
		for ctx.Err() == nil {
			running, err := cleanup.Running(temp)
			if err != nil || slices.ContainsFunc(running, func(p cleanup.Process) bool { return p.Command == "compile" }) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	source := sources(t, "package main\n\nimport \"net/http\"\n\nfunc main() { _ = http.ListenAndServe(\"\", nil) }\n")
	if _, err := local.Build(ctx, source, filepath.Join(t.TempDir(), "cache"), temp, func() {}); !errors.Is(err, stopped) {
		t.Errorf("an interrupted build: %v", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		running, err := cleanup.Running(temp)
		if errors.Is(err, errors.ErrUnsupported) || len(running) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running: %v, %v", running, err)
		}
	}
}

// script is a program that stands for a server that starts in its own way.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "server")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{
			"it ends at once",
			"echo noise >&2; echo 'server: the disk is full' >&2; echo more noise >&2; exit 1",
			"start the local server: the disk is full",
		},
		{"it ends without a word", "exit 3", "start the local server: it ended: exit status 3"},
		{"it says something else", "echo hello; cat", "read its first line"},
		{"it is of another schema", "echo '{\"schema\":9}'; cat", "has schema 9, not 1"},
	} {
		if _, err := local.Start(t.Context(), script(t, c.body)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
	}
	if _, err := local.Start(t.Context(), filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a server that isn't there was started")
	}
	mayNotRun := script(t, "cat")
	if err := os.Chmod(mayNotRun, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := local.Start(t.Context(), mayNotRun); err == nil || !strings.Contains(err.Error(), local.CacheFix) {
		t.Errorf("a server that may not run: %v; want %s", err, local.CacheFix)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := local.Start(ctx, script(t, "cat")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a start that was given up: %v", err)
	}
}

func TestStartOnATakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := local.Build(t.Context(), "../server", filepath.Join(cache, "datalock"), "", func() {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := local.Start(t.Context(), binary, "--addr", taken.Addr().String()); err == nil ||
		!strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

func TestStopIsHeard(t *testing.T) {
	s, err := local.Start(t.Context(),
		script(t, "echo '{\"schema\":1,\"endpoint\":\"here\"}'; cat >/dev/null; echo 'server: goodbye' >&2"))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Ended():
		t.Fatal("it ended by itself")
	default:
	}
	s.Stop()
	s.Stop()
	<-s.Ended()
	if s.Endpoint != "here" || s.LastWords() != "goodbye" {
		t.Errorf("endpoint %q, last words %q", s.Endpoint, s.LastWords())
	}
}

// TestStartWaitsForARepair holds that a server may take longer to start while it says
// what it does.
func TestStartWaitsForARepair(t *testing.T) {
	local.Within(t, 3*time.Second)
	binary := filepath.Join(t.TempDir(), "server")
	const script = "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do sleep 0.5; echo server: $i keys so far >&2; done\n" +
		"echo '{\"schema\":1}'\ncat\n"
	if err := os.WriteFile(binary, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	server, err := local.Start(t.Context(), binary)
	if err != nil {
		t.Fatal(err)
	}
	server.Stop()
}
