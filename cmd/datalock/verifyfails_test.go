package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/s3test"
)

// TestVerifyFindsAndFails: findings are printed whatever else fails: the statement,
// which isn't written then, and the report.
func TestVerifyFindsAndFails(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	aBucket(t, server, "data", true)
	key := keyFile(t)
	to := func(out *os.File, code int, args ...string) *process {
		t.Helper()
		p := s3Tool(t, server, server.Endpoint, args...)
		if out != nil {
			p.Stdout = out
		}
		if got := p.run(t); got != code {
			t.Fatalf("exit %d, want %d: %s%s", got, code, p.out.String(), p.err.String())
		}
		return p
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	dir := aFolder(t)
	unprinted := to(full, exitFailed, "publish", dir, "s3://data/set", "--yes", "--key", key)
	root := strings.TrimSpace(to(nil, exitOK, "publish", dir, "s3://data/set", "--yes", "--key", key).out.String())
	if want := "s3://data/set is published, but its root digest, " + root + ", couldn't be printed"; !strings.Contains(
		unprinted.err.String(), want) {
		t.Errorf("%q, want %q", unprinted.err.String(), want)
	}
	wrong := []string{"verify", "s3://data/set", "--root", strings.Repeat("0", 64), "--key", key}
	statement := filepath.Join(t.TempDir(), "statement.json")
	p := to(nil, exitFound, append(wrong, "--attest", statement)...)
	if !strings.Contains(p.out.String(), "manifest-changed") ||
		!strings.Contains(p.err.String(), "note: no statement: there are findings") {
		t.Errorf("%s%s", p.out.String(), p.err.String())
	}
	if _, err := os.Stat(statement); err == nil {
		t.Error("findings are attested")
	}
	to(nil, exitOK, "verify", "s3://data/set", "--root", root, "--key", key, "--attest", statement)
	if _, err := os.Stat(statement); err != nil {
		t.Error(err)
	}
	p = to(nil, exitFound, append(wrong, "--report", blocked(t))...)
	if !strings.Contains(p.out.String(), "manifest-changed") || !strings.Contains(p.err.String(), "write the report: ") {
		t.Errorf("%s%s", p.out.String(), p.err.String())
	}
}
