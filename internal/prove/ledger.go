package prove

import (
	"maps"
	"slices"
	"sync"
)

// A ledger lists what the trials did to a bucket: what they locked, so that the
// run can read all of it again later, and what they have to undo.
type ledger struct {
	mu      sync.Mutex
	entries []ledgerEntry
	// held are the keys that were put under a legal hold, also if the answer was
	// lost. holds is whether a version of them was last seen under one.
	held  map[string]bool
	holds map[place]bool
	// unrestored are the settings that could not be restored.
	unrestored []string
}

type ledgerEntry struct {
	trial   string
	version version
	state   State
}

// A place names an object version.
type place struct{ key, id string }

func (v version) place() place { return place{v.key, v.id} }

func newLedger() *ledger { return &ledger{held: map[string]bool{}, holds: map[place]bool{}} }

// add adds a version that must outlive the run.
func (l *ledger) add(trial string, v version, s State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, ledgerEntry{trial, v, s})
}

func (l *ledger) all() []ledgerEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// hold records that a request is about to put a key under a legal hold.
func (l *ledger) hold(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[key] = true
	// What was read before the request says nothing any more.
	maps.DeleteFunc(l.holds, func(p place, _ bool) bool { return p.key == key })
}

// saw records what a read said of a version's legal hold.
func (l *ledger) saw(v version, s State) {
	on, known := s.holds()
	if !known {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holds[v.place()] = on
}

// mayBeHeld reports whether a version may be under a legal hold of the run.
func (l *ledger) mayBeHeld(v version) bool { return l.holdOf(v) != "" }

// holdOf returns what is known of a version's legal hold: [HoldOn], [HoldUnknown],
// or "" if the run set none or saw that it is off.
func (l *ledger) holdOf(v version) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	on, seen := l.holds[v.place()]
	switch {
	case !l.held[v.key] || seen && !on:
		return ""
	case seen:
		return HoldOn
	}
	return HoldUnknown
}

// leave records a setting that could not be restored.
func (l *ledger) leave(setting string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unrestored = append(l.unrestored, setting)
}

// settings are the settings that could not be restored.
func (l *ledger) settings() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.unrestored)
}
