package report

import (
	"encoding/json"
	"time"

	"datalock/internal/prove"
)

// Schema is the version of the report's shape, docs/report-schema-2.json. It
// changes when a field changes its meaning or goes; new fields don't change it.
const Schema = 2

// The kinds of report.
const (
	// Rehearsal is of a stack that was deployed for it.
	Rehearsal = "rehearsal"
	// Proof is of a bucket that was there.
	Proof = "proof"
)

// A Report is the evidence of one run.
type Report struct {
	Schema int `json:"schema"`
	// Kind is Rehearsal or Proof.
	Kind string `json:"kind"`
	// Verdict is breached if one trial is; held if all that apply held, the
	// run came to its end and every second plan was empty; else inconclusive.
	Verdict prove.Status `json:"verdict"`
	// Aborted says why the run did not come to its end; the report then is of
	// a part of it.
	Aborted  string    `json:"aborted,omitempty"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Tool     Tool      `json:"tool"`
	Subjects []Subject `json:"subjects"`
}

// Tool is what made the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Commit is that of the sources, and Modified says that they differ from
	// it; empty if it can't be told.
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// A Subject is one bucket on trial.
type Subject struct {
	// Stack is the Terraform stack, empty for a bucket that was there.
	Stack  string `json:"stack,omitempty"`
	Bucket string `json:"bucket"`
	Region string `json:"region"`
	// Identity is the ARN of the credentials, or why it isn't known.
	Identity string `json:"identity,omitempty"`
	// NotAsked are the rights that could not be asked for before the first
	// object was written, each with the reason.
	NotAsked []string `json:"rights_not_asked,omitempty"`
	// Retention is the default retention that was expected.
	Retention Retention `json:"retention"`
	// Guards are those of the bucket policy.
	Guards []prove.Guard `json:"guards"`
	// Statements are all of the bucket policy, with what was tried of each.
	Statements []Statement `json:"policy_statements"`
	// Declared is nil for a bucket that was there.
	Declared  *Declared  `json:"declared,omitempty"`
	Terraform *Terraform `json:"terraform,omitempty"`
	Server    Server     `json:"server"`
	// Exempt are the principals that no bucket policy stops on this server.
	Exempt []prove.Principal `json:"exempt_from_policies,omitempty"`
	// ClockAhead is how many seconds the server's clock is ahead of this
	// machine's; the trials were judged by the server's.
	ClockAhead float64 `json:"clock_ahead_seconds"`
	// Watched is how many seconds after its attack each version was read
	// again, at least.
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

// A Statement is one of the bucket policy.
type Statement struct {
	Sid string `json:"sid"`
	// Trials are those that attacked it and were judged.
	Trials []string `json:"trials"`
	// Uncontrolled says that one of them held without a control: what refused
	// it may be another rule, or a right that is missing.
	Uncontrolled bool `json:"uncontrolled,omitempty"`
	// Untested says why there is none.
	Untested string `json:"untested,omitempty"`
}

// Declared is what the project says.
type Declared struct {
	// Settings is the whole of context.datalock in cdktf.json.
	Settings json.RawMessage `json:"settings"`
	// SHA256 is that of the Terraform JSON that `go run .` writes for the
	// stack; Rehearsed that of the one that was applied here.
	SHA256    string `json:"terraform_json_sha256"`
	Rehearsed string `json:"rehearsed_json_sha256"`
	// Changes are the differences between the two, in words.
	Changes []string `json:"changes_for_the_rehearsal"`
}

// Terraform is what deployed the stack.
type Terraform struct {
	// Command is terraform or tofu.
	Command string `json:"command"`
	Version string `json:"version"`
	// Provider is the version of hashicorp/aws.
	Provider  string `json:"provider"`
	Resources int    `json:"resources"`
	// Changes are what the second plan would do; empty as it must be.
	Changes []string `json:"second_plan_changes"`
}

// Server is where the trials ran.
type Server struct {
	Endpoint string `json:"endpoint"`
	// Kind is Local, Other or AWS.
	Kind     string            `json:"kind"`
	Versions map[string]string `json:"versions,omitempty"`
	// Enforced, Kept and Gaps are known of the local server only.
	Enforced []string `json:"enforced,omitempty"`
	Kept     []string `json:"kept_not_enforced,omitempty"`
	Gaps     []string `json:"known_gaps,omitempty"`
}

// Counts has the number of trials of each verdict.
type Counts struct {
	Held          int `json:"held"`
	Breached      int `json:"breached"`
	Inconclusive  int `json:"inconclusive"`
	NotApplicable int `json:"not_applicable"`
	// Controls is how many attacks were tried where they must succeed, and
	// Succeeded how many did.
	Controls  int `json:"controls"`
	Succeeded int `json:"controls_succeeded"`
}

// Total is the number of all trials.
func (c Counts) Total() int { return c.Held + c.Breached + c.Inconclusive + c.NotApplicable }

// Left is what the run left behind.
type Left struct {
	Versions []prove.LeftVersion `json:"versions"`
	Buckets  []string            `json:"control_buckets"`
	// Unlisted says why the versions could not be listed: those named are the
	// ones that the run knows of.
	Unlisted string `json:"unlisted,omitempty"`
	// Removed says that the server and its data went with the run.
	Removed bool `json:"removed_with_the_server"`
}

// Until returns the last date to which one of the versions is locked, zero if
// none is known to be.
func (l Left) Until() time.Time {
	var last time.Time
	for _, v := range l.Versions {
		if v.Until != nil && v.Until.After(last) {
			last = *v.Until
		}
	}
	return last
}

// A Trial is one line of the table with what came of it.
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

// A Control is the same attack where it must succeed.
type Control struct {
	Kind prove.Control `json:"kind"`
	Text string        `json:"text"`
	// Ran says that it was tried in this run.
	Ran       bool            `json:"ran"`
	Succeeded bool            `json:"succeeded"`
	Found     string          `json:"found,omitempty"`
	Requests  []prove.Request `json:"requests,omitempty"`
}
