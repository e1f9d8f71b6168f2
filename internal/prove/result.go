package prove

import "time"

// A Result is what came out of one trial.
type Result struct {
	Trial Trial
	// Status is the verdict, and Reason what decided it: what was found in
	// the bucket, or why the trial was not run.
	Status Status
	Reason string
	// As is who attacked, which differs from Trial.As where that has no
	// credentials of its own.
	As Principal
	// Answers are the server's, in the order of the attack's requests.
	Answers []Answer
	// Version is the id of the attacked version, empty where there is none.
	Version string
	// Before and After are how it was and what became of it; nil where the
	// trial attacks no version.
	Before, After *State
	// Moves are the dates to which the attack tried to move the retention.
	Moves []Move
	// Control is the same attack where it must succeed; nil where the run had
	// no controls or the trial has none.
	Control *ControlResult
	// Started is when the trial began, and Took how long it lasted.
	Started time.Time
	Took    time.Duration
}

// A Move is an attempt to give a version another retention date.
type Move struct {
	To       time.Time `json:"to"`
	Accepted bool      `json:"accepted"`
}

// A ControlResult is an attack on a control.
type ControlResult struct {
	// Succeeded says that the attack did there what it must not do in the
	// bucket on trial.
	Succeeded bool
	// Found is what was found there.
	Found   string
	Answers []Answer
}

// An Outcome is what came out of a run.
type Outcome struct {
	// Results are in the table's order.
	Results []Result
	// Left names the control buckets that could not be removed.
	Left []string
	// Objects and Bytes are what the run left in the bucket on trial, Until
	// the last date to which one of them is locked; zero where nothing is.
	Objects int
	Bytes   int
	Until   time.Time
}

// Count returns how many results have the status.
func (o Outcome) Count(s Status) int {
	n := 0
	for _, r := range o.Results {
		if r.Status == s {
			n++
		}
	}
	return n
}

// OK reports whether no trial failed and none is toothless.
func (o Outcome) OK() bool {
	return o.Count(Failed)+o.Count(Toothless) == 0
}
