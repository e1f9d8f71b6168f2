package local

import (
	"testing"
	"time"
)

// Within sets how long a server may be silent before it is ready.
func Within(t *testing.T, limit time.Duration) {
	was := startWithin
	startWithin = limit
	t.Cleanup(func() { startWithin = was })
}
