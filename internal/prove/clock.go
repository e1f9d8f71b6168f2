package prove

import (
	"net/http"
	"sync"
	"time"
)

// A clock measures, from the Date header of answers, how far the server's clock
// is ahead of this machine's. Retention ends by the server's clock.
type clock struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration
	// trip is how long the exchange behind ahead took: the shortest is the most
	// accurate.
	trip time.Duration
}

// clockNoise is a difference too small to measure with a header of whole
// seconds.
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
	// The header omits the fraction of a second.
	ahead := date.Add(time.Second / 2).Sub(sent.Add(trip / 2)).Round(time.Second)
	if ahead.Abs() < clockNoise+trip/2 {
		ahead = 0
	}
	c.known, c.ahead, c.trip = true, ahead, trip
}

// Ahead returns how far the server's clock is ahead of this machine's, 0 if
// they are about the same.
func (c *clock) Ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

// now returns the server's time.
func (c *clock) now() time.Time { return time.Now().Add(c.Ahead()) }
