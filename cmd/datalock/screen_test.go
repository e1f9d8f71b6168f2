package main

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"time"
)

// TestLongSilence has a step that lasts, off a terminal: it says so before half
// a minute without a line is over, and not all the time.
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
