package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	verdict "datalock/internal/client/judge"
	"datalock/internal/testkit/tftest"
)

// TestClient runs this tool's own publish against a bucket deployed by
// Terraform, with only its permissions.
func TestClient(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	p := tool(t, settingsOf, "client", "data", "--json", "--record", "requests.jsonl", "--markdown", "report.md", "--")
	p.Args = append(p.Args, p.Path, "publish", "files", "s3://{bucket}/2026-11", "--yes")
	files := filepath.Join(p.dir, "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(files, "a.txt"), []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := p.run(t); code != exitOK {
		t.Errorf("exit %d", code)
	}
	p.empty(t)
	var r judgement
	if err := json.Unmarshal([]byte(p.out.String()), &r); err != nil {
		t.Fatalf("standard output isn't the report: %v", err)
	}
	// The file, the entries and the manifest, all locked.
	if r.Verdict != verdict.Clean || r.Bucket != "named-dataset" || r.Command.Program != "datalock" ||
		r.Left.Versions != 3 ||
		r.Left.Modes["COMPLIANCE"] != 3 {
		t.Errorf("report %+v", r)
	}
	record, err := os.ReadFile(filepath.Join(p.dir, "requests.jsonl"))
	if err != nil || strings.Count(string(record), "\n") != r.Requests ||
		!strings.Contains(string(record), `"operation":"PutObject"`) {
		t.Errorf("recorded %d of %d requests, %v", strings.Count(string(record), "\n"), r.Requests, err)
	}
	summary, err := os.ReadFile(filepath.Join(p.dir, "report.md"))
	if err != nil || !strings.Contains(string(summary), "**Nothing refused: ") {
		t.Errorf("the Markdown is %q, %v", summary, err)
	}
	left, _ := os.ReadDir(p.dir)
	names := make([]string, 0, len(left))
	for _, entry := range left {
		names = append(names, entry.Name())
	}
	if !slices.Equal(names, []string{"cdktf.json", "files", "report.md", "requests.jsonl"}) {
		t.Errorf("the project's folder holds %v", names)
	}
}

type judgement = verdict.Report

// TestClientInterrupted interrupts a hanging program that has started another.
func TestClientInterrupted(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	p := tool(t, settingsOf, "client", "--", "sh", "-c", "sleep 6001 & echo here; sleep 6002")
	p.start(t)
	p.until(t, "the command", func() bool { return p.out.String() == "here\n" })
	below := p.descendants()
	kill(t, []int{p.Process.Pid}, syscall.SIGINT)
	if code := p.wait(
		t,
	); code != exitFailed ||
		!strings.Contains(
			p.err.String(),
			"Inconclusive: the command sh was interrupted; the recorder received no request",
		) {
		t.Errorf("exit %d", code)
	}
	gone(t, below)
	p.empty(t)
}

func TestClientCannotRun(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no command", nil, "no command: write it after --"},
		{"a command without --", []string{"data", "echo"}, `is "echo" the command? write it after --`},
		{"served, and a command", []string{"--serve", "--", "echo"}, "--serve runs no command"},
		{"served as JSON", []string{"--serve", "--json"}, "--serve prints the environment on standard output"},
		{"another stack", []string{"other", "--", "echo"}, "no stack other in cdktf.json; it declares data"},
		{"an address for others", []string{"--listen", "10.1.2.3:9443", "--", "echo"}, "can reach it; pass --allow-remote"},
		{"no address", []string{"--listen", "9443", "--", "echo"}, "must be ADDRESS:PORT"},
		{"a record that can't be written", []string{"--record", "none/here", "--", "echo"}, "write none/here: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := tool(t, settingsOf, append([]string{"client"}, c.args...)...)
			if code := p.run(t); code != exitFailed || !strings.Contains(p.err.String(), c.want) {
				t.Errorf("exit %d, want %d and %q", code, exitFailed, c.want)
			}
			p.empty(t)
		})
	}
	p := tool(t, `{"context":{"datalock":{"buckets":{"data":{"retention":{"days":0}}}}}}`, "client", "--", "echo")
	if code := p.run(t); code != exitFound {
		t.Errorf("a mistake in the settings: exit %d", code)
	}
}
