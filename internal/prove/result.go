package prove

import "time"

// A Result is what came out of one trial.
type Result struct {
	Trial Trial
	// Status is the verdict, and Reason what decided it: what was found in the
	// bucket, why nothing is known, or why the trial doesn't apply.
	Status Status
	Reason string
	// As is who attacked, which differs from Trial.As where that has no
	// credentials of its own.
	As Principal
	// Requests are all of the trial, in the order of their answers; Attacks
	// picks those of the attack.
	Requests []Request
	// Deviations are answers that differ from S3's, in a trial that held.
	Deviations []string
	// PolicyUnreached says that the attack failed before a bucket policy was
	// looked at.
	PolicyUnreached bool
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
	// Watched is how long after the attack the version was last read again.
	Watched time.Duration
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
	Found    string
	Requests []Request
}

// An Outcome is what came out of a run.
type Outcome struct {
	// Results are in the table's order.
	Results []Result
	// Left is what the run left behind.
	Left Left
	// ClockAhead is how far the server's clock was ahead of this machine's.
	ClockAhead time.Duration
	// Exempt are the principals that no bucket policy stops on this server, as
	// the run saw.
	Exempt []Principal
	// Watched is how long after its attack each version was read again, at
	// least; 0 if none was.
	Watched time.Duration
	// NotAsked are the actions that could not be asked for before the first
	// object was written, each with the reason.
	NotAsked []string
}

// Left is what a run left behind.
type Left struct {
	// Versions are the object versions in the bucket on trial.
	Versions []LeftVersion
	// Buckets are the control buckets that could not be removed, or that may
	// still be there.
	Buckets []string
	// Unlisted says why the versions could not be listed; Versions then are
	// those that the run knows of.
	Unlisted string
}

// A LeftVersion is an object version that a run wrote.
type LeftVersion struct {
	Key       string `json:"key"`
	VersionID string `json:"version_id,omitempty"`
	// Until is when its retention ends, nil if that could not be read or there
	// is none; Lock says which.
	Until *time.Time `json:"locked_until,omitempty"`
	Lock  string     `json:"lock"`
	// ByDefault is when the bucket's default retention of the version ends, if
	// its lock could not be read.
	ByDefault *time.Time `json:"by_default_until,omitempty"`
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
