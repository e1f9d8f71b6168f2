package slimcache_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

// TestNodeOptions holds that the user's own options for node reach it, with
// the slim cache.
func TestNodeOptions(t *testing.T) {
	t.Parallel()
	home, want := warm(t)
	dir := t.TempDir()
	script, seen := filepath.Join(dir, "preload.js"), filepath.Join(dir, "seen")
	text := "require('fs').appendFileSync(" + quoted(seen) + ", process.argv[1] + '\\n')"
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	stderr, files := newRun(t, home, "NODE_OPTIONS=--max-old-space-size=300 --require "+script).do(t)
	mustBeSlim(t, stderr, home)
	mustEqual(t, files, want)
	got, err := os.ReadFile(seen)
	if err != nil || !strings.Contains(string(got), "program.js") {
		t.Errorf("the user's script was not loaded: %q, %v", got, err)
	}
}

// TestOwnNode holds that a user's JSII_NODE is run, with the slim cache.
func TestOwnNode(t *testing.T) {
	t.Parallel()
	home, want := warm(t)
	dir := t.TempDir()
	script, seen := filepath.Join(dir, "my-node"), filepath.Join(dir, "seen")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$1\" >>'"+seen+"'\nexec node \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	stderr, files := newRun(t, home, "JSII_NODE="+script).do(t)
	mustBeSlim(t, stderr, home)
	mustEqual(t, files, want)
	if got, err := os.ReadFile(seen); err != nil || !strings.Contains(string(got), "jsii-runtime.js") {
		t.Errorf("the user's node was not run: %q, %v", got, err)
	}
}

// TestHandedDown holds that what a program has set for its own jsii does not
// count as the user's in a program that it starts.
func TestHandedDown(t *testing.T) {
	t.Parallel()
	home, want := warm(t)
	dir := slimCaches(t, home)[0]
	env := []string{
		"JSII_RUNTIME_PACKAGE_CACHE_ROOT=" + filepath.Join(dir, "packages"),
		"JSII_NODE=" + filepath.Join(dir, "kernel", "node"),
	}
	stderr, files := newRun(t, home, env...).do(t)
	mustBeSlim(t, stderr, home)
	mustEqual(t, files, want)

	// Switched off, jsii is not to find the slim cache either. It is to write the
	// same for other settings than those that ship, too.
	settings := examples(t, "cloud by tags")
	other := homeCopy(t)
	link(t, stockRoot(t), filepath.Join(other, ".cache", "aws", "jsii", "package-cache"))
	env[0] = strings.Replace(env[0], home, other, 1)
	env[1] = strings.Replace(env[1], home, other, 1)
	remove(t, find(t, filesBelow(t, slimCaches(t, other)[0]), "s3-bucket/", "index.js"))
	alone := newRun(t, other, append(env, "DATALOCK_JSII=stock")...)
	apptest.Project(t, alone.dir, settings)
	stderr, files = alone.do(t)
	if said := complaint(stderr); said != "" {
		t.Errorf("it said %q", said)
	}
	mustEqual(t, files, slim(t, home, settings))
}

func quoted(path string) string { return "'" + path + "'" }

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}
