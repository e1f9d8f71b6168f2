package report

import (
	"encoding/json"
	"time"

	"datalock/internal/audit"
	"datalock/internal/prove"
)

// Schema is the version of the report's schema, docs/report-schema-2.json. It
// changes if a field is removed or changes its meaning, not if one is added.
const Schema = 2

// The kinds of report.
const (
	// Rehearsal is the report of a stack that was deployed for the run.
	Rehearsal = "rehearsal"
	// Proof is the report of an existing bucket.
	Proof = "proof"
)

// A Report is the evidence of one run.
type Report struct {
	Schema int `json:"schema"`
	// Kind is Rehearsal or Proof.
	Kind string `json:"kind"`
	// Verdict is breached if one trial is; held if all trials that apply held,
	// the run finished and every second plan was empty; else inconclusive.
	Verdict prove.Status `json:"verdict"`
	// Aborted says why the run did not finish; the report then covers only a
	// part of it.
	Aborted  string    `json:"aborted,omitempty"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Tool     Tool      `json:"tool"`
	Subjects []Subject `json:"subjects"`
}

// Tool is the program that wrote the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Commit is the commit of the sources, empty if unknown; Modified says that
	// the sources have uncommitted changes.
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// A Subject is one bucket under test.
type Subject struct {
	// Stack is the Terraform stack, empty for an existing bucket.
	Stack string `json:"stack,omitempty"`
	// Kind is which bucket of the stack it is, empty for the one with the data.
	Kind   audit.Kind `json:"kind,omitempty"`
	Bucket string     `json:"bucket"`
	Region string     `json:"region"`
	// Identity is the ARN of the credentials, or why it isn't known.
	Identity string `json:"identity,omitempty"`
	// NotAsked are the permissions that could not be checked before the first
	// object was written, each with the reason.
	NotAsked []string `json:"rights_not_asked,omitempty"`
	// Retention is the expected default retention.
	Retention Retention `json:"retention"`
	// Guards are the guards of the bucket policy.
	Guards []prove.Guard `json:"guards"`
	// Statements are the statements of the bucket policy, with the trials of
	// each.
	Statements []Statement `json:"policy_statements"`
	// Declared is nil for an existing bucket.
	Declared  *Declared  `json:"declared,omitempty"`
	Terraform *Terraform `json:"terraform,omitempty"`
	Server    Server     `json:"server"`
	// Exempt are the principals that bucket policies don't stop on this server.
	Exempt []prove.Principal `json:"exempt_from_policies,omitempty"`
	// ClockAhead is how many seconds the server's clock is ahead of this
	// machine's; the trials use the server's time.
	ClockAhead float64 `json:"clock_ahead_seconds"`
	// Watched is the shortest time in seconds after an attack at which its
	// version was read again.
	Watched float64 `json:"watched_seconds"`
	Counts  Counts  `json:"counts"`
	Left    Left    `json:"left_behind"`
	Trials  []Trial `json:"trials"`
}

// Retention is a default retention.
type Retention struct {
	Mode string `json:"mode"`
	Days int    `json:"days"`
}

// A Statement is one statement of the bucket policy.
type Statement struct {
	Sid string `json:"sid"`
	// Trials are the trials that attacked it and were judged.
	Trials []string `json:"trials"`
	// Uncontrolled says that one of them held without a control: another rule,
	// or a missing permission, may have stopped the attack.
	Uncontrolled bool `json:"uncontrolled,omitempty"`
	// Untested says why no trial tested it.
	Untested string `json:"untested,omitempty"`
}

// Declared is the declared configuration.
type Declared struct {
	// Settings is the whole of context.datalock in cdktf.json.
	Settings json.RawMessage `json:"settings"`
	// SHA256 is the hash of the Terraform JSON that `go run .` writes for the
	// stack; Rehearsed is the hash of the JSON that was applied here.
	SHA256    string `json:"terraform_json_sha256"`
	Rehearsed string `json:"rehearsed_json_sha256"`
	// Changes describe the differences between the two.
	Changes []string `json:"changes_for_the_rehearsal"`
}

// Terraform describes how the stack was deployed.
type Terraform struct {
	// Command is terraform or tofu.
	Command string `json:"command"`
	Version string `json:"version"`
	// Provider is the version of hashicorp/aws.
	Provider  string `json:"provider"`
	Resources int    `json:"resources"`
	// Changes are the changes in the second plan, which should be empty.
	Changes []string `json:"second_plan_changes"`
}

// Server is the server that the trials ran on.
type Server struct {
	Endpoint string `json:"endpoint"`
	// Kind is Local, Other or AWS.
	Kind     string            `json:"kind"`
	Versions map[string]string `json:"versions,omitempty"`
	// Enforced, Kept and Gaps are known only of the local server.
	Enforced []string `json:"enforced,omitempty"`
	Kept     []string `json:"kept_not_enforced,omitempty"`
	Gaps     []string `json:"known_gaps,omitempty"`
}

// Counts is the number of trials with each verdict.
type Counts struct {
	Held          int `json:"held"`
	Breached      int `json:"breached"`
	Inconclusive  int `json:"inconclusive"`
	NotApplicable int `json:"not_applicable"`
	// Controls is the number of controls that ran, and Succeeded the number of
	// those in which the attack succeeded.
	Controls  int `json:"controls"`
	Succeeded int `json:"controls_succeeded"`
}

// Total is the number of all trials.
func (c Counts) Total() int { return c.Held + c.Breached + c.Inconclusive + c.NotApplicable }

// Left is what the run left behind.
type Left struct {
	Versions []prove.LeftVersion `json:"versions"`
	Buckets  []string            `json:"control_buckets"`
	// Unlisted says why the versions could not be listed; Versions are then
	// only those that the run knows of.
	Unlisted string `json:"unlisted,omitempty"`
	// Settings are the settings of the bucket that a trial changed and that could
	// not be restored, each with the reason.
	Settings []string `json:"settings_not_restored,omitempty"`
	// Removed says that the server was removed with its data after the run.
	Removed bool `json:"removed_with_the_server"`
}

// Any reports whether anything stays, or may stay.
func (l Left) Any() bool {
	return !l.Removed && len(l.Versions)+len(l.Buckets)+len(l.Settings)+len(l.Unlisted) > 0
}

// Until returns the latest date until which one of the versions is locked, zero
// if none is known to be locked.
func (l Left) Until() time.Time {
	var last time.Time
	for _, v := range l.Versions {
		if v.Until != nil && v.Until.After(last) {
			last = *v.Until
		}
	}
	return last
}

// A Trial is one trial with its result.
type Trial struct {
	Name        string          `json:"name"`
	Group       prove.Group     `json:"group"`
	Verdict     prove.Status    `json:"verdict"`
	As          prove.Principal `json:"as"`
	Target      string          `json:"target"`
	Attack      string          `json:"attack"`
	Expectation string          `json:"expectation"`
	// Found is what was found in the bucket, why nothing is known, or why the
	// trial doesn't apply.
	Found string `json:"found"`
	// Deviations are answers that differ from S3's.
	Deviations []string        `json:"deviations,omitempty"`
	Requests   []prove.Request `json:"requests"`
	Version    string          `json:"version_id,omitempty"`
	Before     *prove.State    `json:"before,omitempty"`
	After      *prove.State    `json:"after,omitempty"`
	Moves      []prove.Move    `json:"retention_moves,omitempty"`
	Guard      prove.Guard     `json:"guard,omitempty"`
	Document   string          `json:"document"`
	Control    Control         `json:"control"`
	Started    time.Time       `json:"started"`
	Took       float64         `json:"seconds"`
	Watched    float64         `json:"watched_seconds"`

	policyUnreached bool
}

// A Control is the same attack in a place where it must succeed.
type Control struct {
	Kind prove.Control `json:"kind"`
	Text string        `json:"text"`
	// Ran says that it was tried in this run.
	Ran       bool            `json:"ran"`
	Succeeded bool            `json:"succeeded"`
	Found     string          `json:"found,omitempty"`
	Requests  []prove.Request `json:"requests,omitempty"`
}
