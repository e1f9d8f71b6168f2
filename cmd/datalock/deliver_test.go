package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/audit"
	verdict "datalock/internal/client/judge"
	"datalock/internal/prove"
	"datalock/internal/report"
)

var errDisk = errors.New("the disk is full")

// TestUntold: what failed is printed, also after a run that found something.
func TestUntold(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errFound, ""},
		{errTold, ""},
		{errDisk, errDisk.Error()},
		{errors.Join(errFound, nil), ""},
		{errors.Join(errFound, errDisk), errDisk.Error()},
		{errors.Join(errors.Join(errDisk, errTold), nil), errDisk.Error()},
		{fmt.Errorf("%w; %w", errInterrupted, errDisk), "interrupted; the disk is full"},
	} {
		got := ""
		if rest := untold(c.err); rest != nil {
			got = rest.Error()
		}
		if got != c.want {
			t.Errorf("of %v, %q is printed, want %q", c.err, got, c.want)
		}
	}
}

// TestErrorsAreEscaped: a file's or object's name in an error doesn't reach the terminal raw.
func TestErrorsAreEscaped(t *testing.T) {
	code, _, err := ran(t, "verify", "--local", t.TempDir(), "--manifest", "/nowhere/\x1b[2K")
	if code != exitFailed || !strings.Contains(err, `/nowhere/\x1b[2K`) || strings.Contains(err, "\x1b") {
		t.Errorf("exit %d, %q", code, err)
	}
}

// blocked returns a folder in which no report.html can be written.
func blocked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "report.html", "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errDisk }

// TestFindingsOutlastFailures: in the verbs that write reports, a report that can't
// be written hides no finding and changes no exit code.
func TestFindingsOutlastFailures(t *testing.T) {
	messages, err := os.Create(filepath.Join(t.TempDir(), "err"))
	if err != nil {
		t.Fatal(err)
	}
	defer messages.Close()
	screen := newScreen(messages)
	defer screen.end()
	both := func(what string, err error, cause string) {
		t.Helper()
		if rest := untold(err); !errors.Is(err, errFound) || rest == nil || !strings.Contains(rest.Error(), cause) {
			t.Errorf("%s: %v, want findings and %q", what, err, cause)
		}
	}
	var out strings.Builder
	std := streams{out: &out, err: messages}
	found := audit.Report{Buckets: []audit.Bucket{{Name: "data", Findings: []audit.Finding{{Part: "the lock"}}}}}
	o := auditOptions{format: "text", report: blocked(t)}
	both("audit", o.deliver(found, std), "write the report")
	if !strings.Contains(out.String(), "data") {
		t.Errorf("audit prints %q", out.String())
	}
	if _, err := os.Stat(filepath.Join(o.report, "report.json")); err != nil {
		t.Errorf("what could be written isn't: %v", err)
	}
	std.out = full{}
	both("audit", o.deliver(found, std), "print the audit: "+errDisk.Error())
	both("client", clientOptions{json: true}.deliver(
		verdict.Report{Verdict: verdict.Fails}, clientFiles{markdown: full{}}, screen, std,
	), "write the report: "+errDisk.Error())
	proven := report.New(report.Proof, time.Now())
	proven.End(time.Now(), nil)
	proven.Verdict = prove.Breached
	trials := reportOptions{dir: blocked(t)}
	folder, err := report.Open(trials.dir)
	if err != nil {
		t.Fatal(err)
	}
	both("prove", trials.deliver(t.Context(), folder, proven, nil, screen, std), "write the report")
}
