package prove

import "slices"

// Guards are the promises that a bucket's policy makes.
type Guards struct {
	// Declared are the guards; those that are absent are not tried.
	Declared []Guard
	// CeilingDays is the longest retention that a writer may name.
	CeilingDays int
	// MinimumTLS is the oldest TLS version allowed, as in "1.2".
	MinimumTLS string
}

// Declares reports whether the policy makes the promise.
func (g Guards) Declares(guard Guard) bool { return slices.Contains(g.Declared, guard) }
