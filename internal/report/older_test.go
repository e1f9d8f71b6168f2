package report

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/audit"
	"datalock/internal/filelock"
	"datalock/internal/prove"
)

// TestTwoRuns: a folder is one run's until its report is written.
func TestTwoRuns(t *testing.T) {
	if !filelock.Works {
		return
	}
	dir := t.TempDir()
	first, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	first.Begin(subjectConfig(), at(0))
	for name, write := range map[string]func() error{
		"another run": func() error { _, err := Open(dir); return err },
		"an audit":    func() error { _, err := NewAudit(audit.Report{}).Write(dir); return err },
		"set aside":   func() error { return SetAside(dir) },
	} {
		if err := write(); err == nil || !strings.Contains(err.Error(), "another run is using it") ||
			!strings.Contains(err.Error(), "--report") {
			t.Errorf("%s: %v", name, err)
		}
	}
	first.Trial("b", outcome().Results[0])
	r := newSample(Proof, errors.New("stopped"), func(*Subject, *prove.Outcome) {})
	if _, err := first.Finish(t.Context(), r, nil); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, journalName)); err != nil || bytes.Count(text, []byte("\n")) < 3 {
		t.Errorf("%s, %v", text, err)
	}
	second, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	second.Discard()
}

// olderReport writes a signed report, as of an earlier run, into a folder.
func olderReport(t *testing.T, dir string) {
	t.Helper()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.Begin(subjectConfig(), at(0))
	if _, err := f.Finish(t.Context(), heldSample(), nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, bundleName), []byte("signed"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// filesIn lists the files of a report that are in a folder.
func filesIn(dir string) string {
	var names []string
	for _, name := range reportFiles {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// TestOlderReport: a report of an earlier run isn't left beside a run that is
// killed or that another command writes, and comes back if there was no run.
func TestOlderReport(t *testing.T) {
	all := strings.Join(reportFiles, " ")
	dir := t.TempDir()
	previous := filepath.Join(dir, previousName)
	olderReport(t, dir)
	if got := filesIn(dir); got != all {
		t.Fatalf("there is %q", got)
	}
	begun, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := filesIn(dir); got != all {
		t.Errorf("before the first result there is %q", got)
	}
	begun.Begin(subjectConfig(), time.Now())
	// Here it could be killed.
	if got := filesIn(dir); got != journalName || filesIn(previous) != all {
		t.Errorf("during the run there is %q, and before it was %q", got, filesIn(previous))
	}
	begun.Discard()
	if got := filesIn(dir); got != all || filesIn(previous) != "" {
		t.Errorf("after a run without results there is %q, and aside %q", got, filesIn(previous))
	}
	if err := SetAside(dir); err != nil || filesIn(dir) != "" || filesIn(previous) != all {
		t.Errorf("set aside: %v, %q, %q", err, filesIn(dir), filesIn(previous))
	}
	olderReport(t, dir)
	paths, err := NewAudit(audit.Report{}).Write(dir)
	if got := filesIn(dir); err != nil || len(paths) != 3 || got != "report.html report.md report.json" {
		t.Errorf("after an audit there is %q, %v", got, err)
	}
	if _, err := os.Stat(previous); err == nil {
		t.Error("the replaced report is still there")
	}
	if _, err := os.Stat(filepath.Join(dir, roomName)); err == nil {
		t.Error("the lock is still there")
	}
}

// TestKilledTwice: what two killed runs wrote is never in one folder.
func TestKilledTwice(t *testing.T) {
	dir := t.TempDir()
	olderReport(t, dir)
	for range 2 {
		begun, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		begun.Begin(subjectConfig(), time.Now())
		// It is killed: nothing closes the folder but the end of the process.
		_ = begun.journal.Close()
		release(begun.room)
	}
	if got := filesIn(filepath.Join(dir, previousName)); got != journalName {
		t.Errorf("aside is %q, want the journal of the first killed run", got)
	}
	older, err := filepath.Glob(filepath.Join(dir, previousName+"-*"))
	if err != nil || len(older) != 1 || filesIn(older[0]) != strings.Join(reportFiles, " ") {
		t.Errorf("the report before is in %q, %v", older, err)
	}
}

// TestBeginSaysTheWorst: the first line of results.jsonl names what is left if the
// run is killed and the server doesn't enforce the policy.
func TestBeginSaysTheWorst(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := subjectConfig()
	c.Scratch = true
	c.Guards = prove.Guards{Declared: []prove.Guard{prove.RetentionCeiling, prove.NoEventHold}, CeilingDays: 3650}
	f.Begin(c, at(0))
	defer f.Discard()
	text, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"locked_until_at_the_latest":"2036-11-23`, `"without_end_if_not_enforced":1`,
		`"legal_holds_during_the_run":`} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s has no %s", text, want)
		}
	}
}
