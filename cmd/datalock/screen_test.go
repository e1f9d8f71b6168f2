package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/prove"
)

// TestBreachesAsTheyCome: while the run lasts, an attack on a guard that
// succeeds isn't called a breach yet.
func TestBreachesAsTheyCome(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "screen"))
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(file)
	s.Trial(1, 2, prove.Result{
		Trial:  prove.Trial{Name: "guarded", Guard: prove.WriteOnce},
		Status: prove.Breached,
		Reason: "it was stored",
	})
	s.Trial(2, 2, prove.Result{Trial: prove.Trial{Name: "locked"}, Status: prove.Breached, Reason: "it is gone"})
	s.end()
	text, err := os.ReadFile(file.Name())
	if want := "  attack succeeded: guarded: it was stored\n  breached: locked: it is gone\n"; string(text) != want ||
		err != nil {
		t.Errorf("it says %q, %v; want %q", text, err, want)
	}
}

// TestLongSilence: without a terminal, a long step prints a line before half a
// minute of silence has passed, and not all the time.
func TestLongSilence(t *testing.T) {
	if longestSilence+redraw >= 30*time.Second {
		t.Errorf("a line may be %s away", longestSilence+redraw)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 10)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(read); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	s := newScreen(write)
	s.Step("trials", "the attacks")
	silent := func(d time.Duration) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.quiet, s.began = time.Now().Add(-d), time.Now().Add(-d)
	}
	for range 2 {
		silent(longestSilence + time.Second)
		select {
		case line := <-lines:
			if !strings.Contains(line, "trials") || !strings.Contains(line, "the attacks, for 2") {
				t.Errorf("it says %q", line)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it says nothing")
		}
	}
	silent(longestSilence - 10*time.Second)
	time.Sleep(3 * redraw)
	s.end()
	_ = write.Close()
	for line := range lines {
		t.Errorf("it says too much: %q", line)
	}
}
