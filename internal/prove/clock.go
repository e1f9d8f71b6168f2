package prove

import (
	"net/http"
	"sync"
	"time"
)

// A clock knows how far the server's clock is off from this machine's, by the
// Date header of its answers. Retention ends by the server's.
type clock struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration
	// trip is how long the exchange took that ahead was read from: the
	// shortest says the most.
	trip time.Duration
}

// clockNoise is below what a header of whole seconds can tell.
const clockNoise = 2 * time.Second

// note reads the Date header of an answer.
func (c *clock) note(header string, sent, received time.Time) {
	date, err := http.ParseTime(header)
	if err != nil || c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	trip := received.Sub(sent)
	if c.known && trip >= c.trip {
		return
	}
	// The header leaves out the fraction of a second.
	ahead := date.Add(time.Second / 2).Sub(sent.Add(trip / 2)).Round(time.Second)
	if ahead.Abs() < clockNoise+trip/2 {
		ahead = 0
	}
	c.known, c.ahead, c.trip = true, ahead, trip
}

// Ahead returns how far the server's clock is ahead of this machine's, 0 where
// it is about the same.
func (c *clock) Ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

// now returns the server's time.
func (c *clock) now() time.Time { return time.Now().Add(c.Ahead()) }
