package prove

import "sync"

// A ledger remembers what each trial locked in the bucket, for all of it to be
// looked at again later in the run.
type ledger struct {
	mu      sync.Mutex
	entries []ledgerEntry
}

type ledgerEntry struct {
	trial   string
	version version
	state   State
}

// add enters a version that must outlive the run.
func (l *ledger) add(trial string, v version, s State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, ledgerEntry{trial, v, s})
}

func (l *ledger) all() []ledgerEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]ledgerEntry(nil), l.entries...)
}
