package store

import (
	"context"
	"sync"
	"time"
)

// A Limiter limits the parallel requests. The limit rises while requests
// succeed and falls when the server asks to slow down, so it finds what the
// server can handle. Until the server first asks, it rises by one with each
// success; after that, by one per interval.
type Limiter struct {
	mu      sync.Mutex
	bound   float64
	most    int
	running int
	// cut and grown are when the limit last fell and rose.
	cut, grown time.Time
	waiting    []chan struct{}
}

const (
	firstBound = 8
	// oneCut is the time in which several requests to slow down count as one.
	oneCut = time.Second
	less   = 0.7
	// oneGrowth is how long the limit takes to rise by one after that.
	oneGrowth = 250 * time.Millisecond
)

// NewLimiter returns a limiter that allows most requests at a time.
func NewLimiter(most int) *Limiter {
	return &Limiter{bound: float64(min(firstBound, most)), most: most}
}

// Acquire waits until a request may be sent.
func (l *Limiter) Acquire(ctx context.Context) error {
	l.mu.Lock()
	if l.running < int(l.bound) && len(l.waiting) == 0 {
		l.running++
		l.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		for i, other := range l.waiting {
			if other == turn {
				l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
				return context.Cause(ctx)
			}
		}
		// The slot became free at the same moment.
		l.running--
		l.wake()
		return context.Cause(ctx)
	}
}

// Release ends a request.
func (l *Limiter) Release(succeeded bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
	if succeeded {
		if now := time.Now(); l.cut.IsZero() || now.Sub(l.grown) >= oneGrowth {
			l.bound, l.grown = min(l.bound+1, float64(l.most)), now
		}
	}
	l.wake()
}

// Do sends requests when it may, as one.
func (l *Limiter) Do(ctx context.Context, requests func() error) error {
	if err := l.Acquire(ctx); err != nil {
		return err
	}
	err := requests()
	l.Release(err == nil)
	return err
}

// Slower lowers the limit.
func (l *Limiter) Slower() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.cut) >= oneCut {
		l.cut, l.bound = now, max(1, l.bound*less)
	}
}

// wake lets waiting requests start; the caller holds mu.
func (l *Limiter) wake() {
	for len(l.waiting) > 0 && l.running < int(l.bound) {
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
		l.running++
	}
}
