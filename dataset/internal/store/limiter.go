package store

import (
	"context"
	"sync"
	"time"
)

// A Limiter bounds the requests at a time. The bound grows while requests
// succeed and falls when the server asks for less, so it finds what the server
// takes: by one with each success until the server first asks for less, then by
// one in a while.
type Limiter struct {
	mu      sync.Mutex
	bound   float64
	most    int
	running int
	// cut and grown are when the bound fell and rose last.
	cut, grown time.Time
	waiting    []chan struct{}
}

const (
	firstBound = 8
	// oneCut is the time in which several complaints count as one.
	oneCut = time.Second
	less   = 0.7
	// oneGrowth is how long it takes to grow by one after a complaint.
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
		// The turn came at the same moment.
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

// Slower lowers the bound.
func (l *Limiter) Slower() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.cut) >= oneCut {
		l.cut, l.bound = now, max(1, l.bound*less)
	}
}

// wake lets those in whose turn it is; the caller holds mu.
func (l *Limiter) wake() {
	for len(l.waiting) > 0 && l.running < int(l.bound) {
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
		l.running++
	}
}
