package trial

import "sync"

// A ledger remembers what a run locked in the bucket, for the last trial to
// look at it all again.
type ledger struct {
	mu      sync.Mutex
	entries []ledgerEntry
}

type ledgerEntry struct {
	version version
	state   State
}

// add enters a version that must outlive the run.
func (l *ledger) add(v version, s State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, ledgerEntry{v, s})
}

func (l *ledger) all() []ledgerEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]ledgerEntry(nil), l.entries...)
}
