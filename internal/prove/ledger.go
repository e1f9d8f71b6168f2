package prove

import "sync"

// A ledger lists what each trial locked in the bucket, so that the run can read
// all of it again later.
type ledger struct {
	mu      sync.Mutex
	entries []ledgerEntry
}

type ledgerEntry struct {
	trial   string
	version version
	state   State
}

// add adds a version that must outlive the run.
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
