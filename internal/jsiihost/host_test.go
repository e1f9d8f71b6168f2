package jsiihost

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

func TestNote(t *testing.T) {
	for _, c := range []struct {
		name  string
		node  Node
		today string
		want  string
	}{
		{"on its last day", Node{"v20.20.2", 20}, "2026-04-30", ""},
		{"past its end", Node{"v20.20.2", 20}, "2026-05-01",
			"node v20.20.2 is past its end of life (2026-04-30); install Node.js 24 when you can"},
		{"a current one", Node{"v24.1.0", 24}, "2026-11-24", ""},
		{"a short-term release", Node{"v23.1.0", 23}, "2026-11-24",
			"node v23.1.0 is past its end of life (it was a short-term release); install Node.js 24 when you can"},
		{"one that is newer than this list", Node{"v26.0.0", 26}, "2027-11-24", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			today, err := time.Parse(time.DateOnly, c.today)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.node.Note(today); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestEnvironment: the user's variables are restored after node has started.
func TestEnvironment(t *testing.T) {
	t.Setenv("DATALOCK_TEST_SET", "before")
	set := environment{}
	for _, value := range []string{"during", "later"} {
		set.set("DATALOCK_TEST_SET", value)
		set.set("DATALOCK_TEST_NEW", value)
	}
	if got := os.Getenv("DATALOCK_TEST_SET") + os.Getenv("DATALOCK_TEST_NEW"); got != "laterlater" {
		t.Errorf("set: %q", got)
	}
	set.undo()
	if got := os.Getenv("DATALOCK_TEST_SET"); got != "before" {
		t.Errorf("the user's variable became %q", got)
	}
	if got, ok := os.LookupEnv("DATALOCK_TEST_NEW"); ok {
		t.Errorf("a variable is left: %q", got)
	}
}

// TestOnceIsAsLargeAsSyncs: the variable that replaces jsii's has the same
// size.
func TestOnceIsAsLargeAsSyncs(t *testing.T) {
	if unsafe.Sizeof(once{}) != unsafe.Sizeof(sync.Once{}) {
		t.Error("sync.Once has another layout: see beforemain.go")
	}
}

// TestWait: a long wait for node is reported, and ends.
func TestWait(t *testing.T) {
	asks := func(node string) (said string, err error) {
		var out buffer
		h := &Host{temp: folder{path: t.TempDir()}, closed: make(chan struct{})}
		answers := make(chan struct{})
		p := patience{note: 20 * time.Millisecond, limit: 60 * time.Millisecond}
		err = h.wait(context.Background(), &out, p, "load it", func() {
			switch node {
			case "hangs":
				for !h.gaveUp.Load() {
					time.Sleep(time.Millisecond)
				}
				panic("no response")
			case "fails":
				panic("no such library")
			}
			close(answers)
		})
		close(h.closed)
		return out.String(), err
	}
	if said, err := asks("answers"); err != nil || said != "" {
		t.Errorf("node answers: %q, %v", said, err)
	}
	if said, err := asks("fails"); err == nil || said != "" || err.Error() != "load it: no such library" {
		t.Errorf("node fails: %q, %v", said, err)
	}
	said, err := asks("hangs")
	if want := "note: no answer from node for 20ms; still waiting to load it (up to 60ms)\n"; said != want {
		t.Errorf("node hangs: said %q, want %q", said, want)
	}
	if err == nil || !strings.HasPrefix(err.Error(), "load it: no answer for 60ms, so node was stopped; ") {
		t.Errorf("node hangs: %v", err)
	}
}

// TestFindWaits: a busy machine gets time, and a hanging node is reported.
func TestFindWaits(t *testing.T) {
	dir := t.TempDir()
	node := func(name, script string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var out buffer
	slow := patience{note: 20 * time.Millisecond, limit: time.Minute}
	if found, err := find(t.Context(), &out, slow, node("slow", "sleep 1; echo v24.1.0")); err != nil ||
		found.Version != "v24.1.0" {
		t.Errorf("a slow node: %+v, %v", found, err)
	}
	if said := out.String(); !strings.HasPrefix(said, "note: no answer from ") ||
		!strings.HasSuffix(said, "still waiting (up to 1m0s)\n") {
		t.Errorf("a slow node: said %q", said)
	}
	hangs := patience{note: time.Minute, limit: 100 * time.Millisecond}
	if _, err := find(t.Context(), &out, hangs, node("hangs", "exec sleep 60")); err == nil ||
		!strings.Contains(err.Error(), "no answer for 100ms; fix that Node.js") {
		t.Errorf("a node that hangs: %v", err)
	}
}

type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
