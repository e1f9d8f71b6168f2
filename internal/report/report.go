package report

import (
	"encoding/json"
	"time"

	"datalock/internal/prove"
)

// Schema is the version of the report's shape. It changes when a field changes
// its meaning or goes; new fields don't change it.
const Schema = 1

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
	// Passed says that no trial failed and none is toothless, and that every
	// second plan was empty.
	Passed   bool      `json:"passed"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Tool     Tool      `json:"tool"`
	Subjects []Subject `json:"subjects"`
}

// Tool is what made the report.
type Tool struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// A Subject is one bucket on trial.
type Subject struct {
	// Stack is the Terraform stack, empty for a bucket that was there.
	Stack  string `json:"stack,omitempty"`
	Bucket string `json:"bucket"`
	Region string `json:"region"`
	// Retention is the default retention that was expected.
	Retention Retention `json:"retention"`
	// Guards are the promises of the bucket policy.
	Guards []prove.Guard `json:"guards"`
	// Declared is nil for a bucket that was there.
	Declared  *Declared  `json:"declared,omitempty"`
	Terraform *Terraform `json:"terraform,omitempty"`
	Server    Server     `json:"server"`
	Counts    Counts     `json:"counts"`
	Left      Left       `json:"left_behind"`
	Trials    []Trial    `json:"trials"`
}

// Retention is a default retention.
type Retention struct {
	Mode string `json:"mode"`
	Days int    `json:"days"`
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
	// Kind is "local server", "S3 endpoint" or "AWS".
	Kind     string            `json:"kind"`
	Versions map[string]string `json:"versions,omitempty"`
	// Enforced, Kept and Gaps are known of the local server only.
	Enforced []string `json:"enforced,omitempty"`
	Kept     []string `json:"kept_not_enforced,omitempty"`
	Gaps     []string `json:"known_gaps,omitempty"`
}

// Counts has the number of trials of each status.
type Counts struct {
	Passed      int `json:"passed"`
	Failed      int `json:"failed"`
	Toothless   int `json:"toothless"`
	NotEnforced int `json:"not_enforced"`
	NotRun      int `json:"not_run"`
	// Controls is how many attacks succeeded where they must.
	Controls int `json:"controls_succeeded"`
}

// Total is the number of all trials.
func (c Counts) Total() int {
	return c.Passed + c.Failed + c.Toothless + c.NotEnforced + c.NotRun
}

// Left is what the run left behind.
type Left struct {
	Objects int        `json:"objects"`
	Bytes   int        `json:"bytes"`
	Until   *time.Time `json:"locked_until,omitempty"`
	Buckets []string   `json:"control_buckets,omitempty"`
	// Removed says that the server and its data went with the run.
	Removed bool `json:"removed_with_the_server"`
}

// A Trial is one line of the table with what came of it.
type Trial struct {
	Name     string          `json:"name"`
	Group    prove.Group     `json:"group"`
	Status   prove.Status    `json:"status"`
	As       prove.Principal `json:"as"`
	Target   string          `json:"target"`
	Attack   string          `json:"attack"`
	Must     string          `json:"must"`
	Found    string          `json:"found"`
	Answers  []prove.Answer  `json:"answers"`
	Version  string          `json:"version_id,omitempty"`
	Before   *prove.State    `json:"before,omitempty"`
	After    *prove.State    `json:"after,omitempty"`
	Moves    []prove.Move    `json:"retention_moves,omitempty"`
	Guard    prove.Guard     `json:"guard,omitempty"`
	Document string          `json:"document"`
	Control  Control         `json:"control"`
	Started  time.Time       `json:"started"`
	Took     float64         `json:"seconds"`
}

// A Control is the same attack where it must succeed.
type Control struct {
	Kind prove.Control `json:"kind"`
	Text string        `json:"text"`
	// Ran says that it was tried in this run.
	Ran       bool           `json:"ran"`
	Succeeded bool           `json:"succeeded"`
	Found     string         `json:"found,omitempty"`
	Answers   []prove.Answer `json:"answers,omitempty"`
}
