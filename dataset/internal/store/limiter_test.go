package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestLimiterFindsTheServer: the bound doubles in each round until the server
// asks for less, then falls, and stays near what the server takes.
func TestLimiterFindsTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(64)
		most := run(t, l, 2000, 1000)
		if most != 64 {
			t.Errorf("a server that takes all got %d at a time, want 64", most)
		}
		l = NewLimiter(64)
		run(t, l, 20_000, 20)
		if l.bound < 8 || l.bound > 30 {
			t.Errorf("with a server that takes 20 at a time the bound is %.1f", l.bound)
		}
		l = NewLimiter(4)
		if most := run(t, l, 100, 1000); most != 4 {
			t.Errorf("with 4 at most, %d ran at a time", most)
		}
	})
}

// run sends requests to a server that asks for less above a number at a time,
// and returns how many ran at a time at most.
func run(t *testing.T, l *Limiter, requests, takes int) int {
	var (
		g             sync.WaitGroup
		mu            sync.Mutex
		running, most int
	)
	for range requests {
		g.Go(func() {
			if err := l.Acquire(t.Context()); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			running++
			most = max(most, running)
			if running > takes {
				l.Slower()
			}
			mu.Unlock()
			time.Sleep(50 * time.Millisecond)
			mu.Lock()
			running--
			mu.Unlock()
			l.Release(true)
		})
	}
	g.Wait()
	return most
}

// TestLimiterCancelled: who gives up waiting takes no turn with it.
func TestLimiterCancelled(t *testing.T) {
	l := NewLimiter(1)
	if err := l.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if err := l.Acquire(ctx); !errors.Is(err, stopped) {
		t.Errorf("the error is %v", err)
	}
	l.Release(false)
	if err := l.Acquire(t.Context()); err != nil || l.running != 1 {
		t.Errorf("%v, %d run", err, l.running)
	}
}
