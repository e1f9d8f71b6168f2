package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"datalock/internal/testkit/s3test"
)

// TestPublishInterruptedAtTheQuestion: Ctrl-C ends the run while the question is
// open, without another key.
func TestPublishInterruptedAtTheQuestion(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	aBucket(t, server, "data", true)
	tty, _, read := terminal(t)
	p := s3Tool(t, server, server.Endpoint, "publish", aFolder(t), "s3://data/set")
	p.Stdin, p.Stderr = tty, tty
	p.start(t)
	said := ""
	for range 12 { // of five seconds
		if said += read("[yes/no] "); strings.Contains(said, "[yes/no] ") {
			break
		}
	}
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		t.Fatalf("it still runs: %q", said)
	}
	if code := p.wait(t); code != exitFailed {
		t.Errorf("exit %d", code)
	}
	if said := read("interrupted"); !strings.Contains(said, "datalock: interrupted") {
		t.Errorf("it says %q", said)
	}
	p.empty(t)
}

// TestPublishAsksAgain: a no to the second question doesn't say that nothing was done: the
// files are locked by then.
func TestPublishAsksAgain(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	aBucket(t, server, "data", true)
	beginLong(t, server)
	tty, master, read := terminal(t)
	p := s3Tool(t, server, server.Endpoint, "publish", aFolder(t), "s3://data/set")
	p.Stdin, p.Stderr = tty, tty
	p.start(t)
	for _, answer := range []string{"yes", "no"} {
		said := ""
		for range 12 { // of five seconds
			if said += read("[yes/no] "); strings.Contains(said, "[yes/no] ") {
				break
			}
		}
		if !strings.Contains(said, "[yes/no] ") {
			t.Fatalf("it asks %q", said)
		}
		if _, err := master.WriteString(answer + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	if code := p.wait(t); code != exitFailed {
		t.Errorf("exit %d", code)
	}
	const want = "not confirmed; the files stay locked, no manifest was written; run it again to continue"
	if said := read(want); !strings.Contains(said, want) {
		t.Errorf("it says %q", said)
	}
	p.empty(t)
}
