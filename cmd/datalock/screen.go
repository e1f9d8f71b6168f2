package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"datalock/internal/prove"
)

// A screen shows the progress of a run. On a terminal, the step in progress is a
// line that changes. Otherwise each step is one line when it is done, a long step
// prints a line every half minute, and there are no colors. NO_COLOR
// (https://no-color.org) turns colors off, TERM=dumb also the changing line.
type screen struct {
	file  *os.File
	live  bool
	color bool

	mu    sync.Mutex
	name  string
	doing string
	began time.Time
	tick  *time.Ticker
	quit  chan struct{}
	// quiet is when the last line was printed, told the reasons of trials that
	// were printed.
	quiet time.Time
	told  map[string]bool
}

// ANSI escape sequences.
const (
	red   = "\x1b[31m"
	green = "\x1b[32m"
	dim   = "\x1b[2m"
	plain = "\x1b[0m"
	wipe  = "\r\x1b[K"
)

// redraw is how often the changing line is drawn.
const redraw = 200 * time.Millisecond

// longestSilence is the time after which a long step prints a line.
const longestSilence = 25 * time.Second

func newScreen(file *os.File) *screen {
	s := &screen{file: file, quit: make(chan struct{}), quiet: time.Now(), told: map[string]bool{}}
	s.live = isTerminal(file) && os.Getenv("TERM") != "dumb"
	s.color = s.live && os.Getenv("NO_COLOR") == ""
	s.tick = time.NewTicker(redraw)
	go s.animate(s.tick.C)
	return s
}

func (s *screen) animate(tick <-chan time.Time) {
	for {
		select {
		case <-tick:
			s.mu.Lock()
			s.draw()
			s.mu.Unlock()
		case <-s.quit:
			return
		}
	}
}

// draw shows the step in progress; the caller holds mu.
func (s *screen) draw() {
	if s.name == "" {
		return
	}
	if !s.live && time.Since(s.quiet) > longestSilence {
		s.quiet = time.Now()
		fmt.Fprintf(s.file, "  %-12s%s, for %s\n", s.name, s.doing, seconds(time.Since(s.began)))
	}
	if s.live {
		fmt.Fprintf(s.file, "%s  %-12s%s %s", wipe, s.name, s.doing, s.in(dim, seconds(time.Since(s.began))))
	}
}

// line prints a line that stays; the caller holds mu.
func (s *screen) line(format string, args ...any) {
	if s.live {
		fmt.Fprint(s.file, wipe)
	}
	fmt.Fprintf(s.file, format+"\n", args...)
	s.quiet = time.Now()
	s.draw()
}

func (s *screen) in(color, text string) string {
	if !s.color || color == "" {
		return text
	}
	return color + text + plain
}

// Stack starts a stack.
func (s *screen) Stack(name, summary string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line("%s: %s", name, summary)
}

// Step starts a step.
func (s *screen) Step(name, doing string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name, s.doing, s.began = name, doing, time.Now()
	s.draw()
}

// Doing says what the step is doing now.
func (s *screen) Doing(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doing = what
}

// Done ends the step.
func (s *screen) Done(found string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, took := s.name, time.Since(s.began)
	s.name = ""
	s.line("  %-12s%s %s", name, found, s.in(dim, "("+seconds(took)+")"))
}

// Beside prints the result of something that ran in parallel to the step.
func (s *screen) Beside(name, found string, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line("  %-12s%s %s", name, found, s.in(dim, "("+seconds(took)+")"))
}

// Note prints a note.
func (s *screen) Note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line("  %-12s%s", "note", text)
}

// Trial shows each result. Lines about breached and inconclusive trials stay, each
// reason once; the report has the rest.
func (s *screen) Trial(done, total int, r prove.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doing = fmt.Sprintf("%d of %d, %s", done, total, r.Trial.Name)
	if r.Status.Bad() && !s.told[r.Reason] {
		s.told[r.Reason] = true
		color, label := "", string(r.Status)
		if r.Status == prove.Breached {
			color = red
			if r.Trial.Guard != "" {
				// At the end of the run another server may turn out not to enforce
				// such a policy at all, which is no breach.
				label = "attack succeeded"
			}
		}
		s.line("  %s: %s: %s", s.in(color, label), r.Trial.Name, strings.Join(strings.Fields(r.Reason), " "))
	}
	s.draw()
}

// end removes the changing line.
func (s *screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tick != nil {
		s.tick.Stop()
		close(s.quit)
		s.tick = nil
		if s.live {
			fmt.Fprint(s.file, wipe)
		}
	}
	s.name = ""
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
