package prove

import "time"

// A Result is the result of one trial.
type Result struct {
	Trial Trial
	// Status is the verdict, and Reason explains it: what was found in the
	// bucket, why nothing is known, or why the trial doesn't apply.
	Status Status
	Reason string
	// As is who attacked. It differs from Trial.As if that principal has no
	// credentials.
	As Principal
	// Requests are all requests of the trial, in the order of their answers;
	// [Attacks] selects the attack's.
	Requests []Request
	// Deviations are answers that differ from S3's, if the trial held.
	Deviations []string
	// PolicyUnreached says that the attack failed before the bucket policy was
	// evaluated.
	PolicyUnreached bool
	// Version is the id of the attacked version, empty if there is none.
	Version string
	// Before and After are its states before and after the attack; nil if the
	// trial attacks no version.
	Before, After *State
	// Moves are the retention dates that the attack tried to set.
	Moves []Move
	// Control is the result of the same attack on the control; nil if the run
	// or the trial has no controls.
	Control *ControlResult
	// Started is when the trial began, and Took how long it lasted.
	Started time.Time
	Took    time.Duration
	// Watched is how long after the attack the version was last read.
	Watched time.Duration
	// enforced says that the server enforces a policy with the trial's guard.
	enforced bool
}

// A Move is an attempt to change a version's retention date.
type Move struct {
	To       time.Time `json:"to"`
	Accepted bool      `json:"accepted"`
}

// A ControlResult is the result of an attack on a control.
type ControlResult struct {
	// Succeeded says that the attack did in the control what it must not do in
	// the bucket under test.
	Succeeded bool
	// Found is what was found there.
	Found    string
	Requests []Request
}

// An Outcome is the result of a run.
type Outcome struct {
	// Results are in table order.
	Results []Result
	// Left is what the run left behind.
	Left Left
	// ClockAhead is how far the server's clock was ahead of this machine's.
	ClockAhead time.Duration
	// Exempt are the principals that bucket policies did not stop on this
	// server.
	Exempt []Principal
	// Watched is the shortest time after an attack at which its version was
	// read again; 0 if none was.
	Watched time.Duration
	// NotAsked are the actions that could not be checked before the first
	// object was written, each with the reason.
	NotAsked []string
}

// Left is what a run left behind.
type Left struct {
	// Versions are the object versions in the bucket under test.
	Versions []LeftVersion
	// Buckets are the control buckets that could not be removed, or that may
	// still exist.
	Buckets []string
	// Unlisted says why the versions could not be listed; Versions are then
	// only those that the run knows of.
	Unlisted string
	// Settings are the settings of the bucket that a trial changed and that could
	// not be restored, each with the reason.
	Settings []string
}

// What is known of a legal hold that stays. It has no end: somebody has to remove
// it.
const (
	// HoldOn says that it was seen.
	HoldOn = "on"
	// HoldUnknown says that it was set, and that no read said that it is off.
	HoldUnknown = "unknown"
)

// A LeftVersion is an object version that a run wrote.
type LeftVersion struct {
	Key       string `json:"key"`
	VersionID string `json:"version_id,omitempty"`
	// Until is when its retention ends; nil if it has none or it could not be
	// read, and Lock says which.
	Until *time.Time `json:"locked_until,omitempty"`
	Lock  string     `json:"lock"`
	// Denied says that the bucket has no Object Lock, and that its policy denied
	// every attempt of the run to delete a version.
	Denied bool `json:"deletion_denied,omitempty"`
	// Hold is what is known of a legal hold that the run set: [HoldOn] or
	// [HoldUnknown]; empty if it set none or saw that it is off.
	Hold string `json:"legal_hold,omitempty"`
	// ByDefault is when the bucket's default retention ends for the version, if
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
