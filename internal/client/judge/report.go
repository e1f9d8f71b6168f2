package judge

import (
	"fmt"
	"strings"
	"time"
)

// Schema is the version of the JSON report.
const Schema = 1

// A Verdict is what came out.
type Verdict string

// The verdicts.
const (
	// Clean says that nothing was refused, and everything could be judged.
	Clean Verdict = "nothing refused"
	// Fails says that S3 refuses something.
	Fails Verdict = "refused"
	// Inconclusive says that nothing was refused, but that this shows nothing.
	Inconclusive Verdict = "inconclusive"
)

// A Report says what S3 makes of a program's requests.
type Report struct {
	Schema  int     `json:"schema"`
	Verdict Verdict `json:"verdict"`
	// Reasons say why the verdict is inconclusive.
	Reasons []string `json:"reasons,omitempty"`
	Stack   string   `json:"stack"`
	Bucket  string   `json:"bucket"`
	// Retention is the bucket's default.
	Retention string    `json:"retention"`
	Started   time.Time `json:"started"`
	Command   *Command  `json:"command,omitempty"`
	Requests  int       `json:"requests"`
	Kinds     []Kind    `json:"kinds"`
	Findings  []Finding `json:"findings"`
	// LeftOut counts requests of kinds beyond those that are listed.
	LeftOut int  `json:"left_out,omitempty"`
	Left    Left `json:"left_behind"`
	// Handshakes are connections that failed before a request came, with what
	// the program said.
	Handshakes []string `json:"failed_handshakes,omitempty"`
	// Changes are what of the declaration had to be changed for the local
	// server, Gaps in what that differs from S3.
	Changes []string `json:"changes_for_the_server"`
	Gaps    []string `json:"server_gaps"`
}

// A Command is what became of the program. Its arguments aren't kept: they may
// hold what is secret.
type Command struct {
	Program string `json:"program"`
	Exit    int    `json:"exit_code"`
	// Ended says how it ended if it didn't exit by itself.
	Ended   string  `json:"ended,omitempty"`
	Seconds float64 `json:"seconds"`
	// Left are the processes that it left running, which were ended.
	Left []string `json:"left_running,omitempty"`
}

// failed says how the command failed, or "".
func (c *Command) failed() string {
	switch {
	case c == nil:
		return ""
	case c.Ended != "":
		return "the command " + c.Program + " " + c.Ended
	case c.Exit != 0:
		return fmt.Sprintf("the command %s exited with %d", c.Program, c.Exit)
	}
	return ""
}

// Left is what the program left in the bucket.
type Left struct {
	// Versions are the object versions that it made, Noncurrent those of them
	// that lie behind a newer one, Bytes their size.
	Versions   int   `json:"versions"`
	Noncurrent int   `json:"noncurrent"`
	Bytes      int64 `json:"bytes"`
	Markers    int   `json:"delete_markers"`
	// Modes counts the locked versions by their mode, First and Last are the
	// earliest and the latest end of their retention.
	Modes map[string]int `json:"modes,omitempty"`
	First time.Time      `json:"first_until,omitzero"`
	Last  time.Time      `json:"last_until,omitzero"`
	Holds int            `json:"legal_holds"`
	// Unlocked are versions without a retention, Unread those whose lock wasn't
	// read.
	Unlocked int `json:"unlocked"`
	Unread   int `json:"unread"`
	// Uploads are multipart uploads that are neither complete nor aborted.
	Uploads int `json:"unfinished_uploads"`
	// Examples are keys: of versions behind others, of markers, and of uploads.
	Overwritten []string `json:"overwritten,omitempty"`
	Hidden      []string `json:"hidden,omitempty"`
	Unfinished  []string `json:"unfinished,omitempty"`
	// Problem says why the bucket couldn't be read.
	Problem string `json:"problem,omitempty"`
}

// Report ends the judgement.
func (j *Judge) Report(command *Command, left Left) Report {
	j.leftBehind(left)
	r := Report{
		Schema: Schema, Bucket: j.bucket.Name, Command: command, Requests: j.requests, LeftOut: j.leftOut, Left: left,
		Retention: string(j.bucket.Retention.Mode) + ", " + j.bucket.Retention.String(),
		Kinds:     make([]Kind, 0, len(j.kinds)), Findings: byClass(j.findings), Changes: []string{}, Gaps: []string{},
	}
	for _, k := range j.kinds {
		r.Kinds = append(r.Kinds, *k)
	}
	r.Reasons = j.reasons(r)
	switch {
	case r.Count(Refused) > 0:
		r.Verdict = Fails
	case len(r.Reasons) > 0:
		r.Verdict = Inconclusive
	default:
		r.Verdict = Clean
	}
	return r
}

// reasons say why nothing follows from it that nothing was refused.
func (j *Judge) reasons(r Report) []string {
	var list []string
	if failed := r.Command.failed(); failed != "" {
		if r.Count(Refused) == 0 && r.Requests > 0 {
			failed += ", though nothing was refused"
		}
		list = append(list, failed)
	}
	switch n := r.Count(Unjudged); {
	case r.Requests == 0:
		list = append(list, "no request came through the recorder: the command didn't use the endpoint")
	case n > 0:
		list = append(list, fmt.Sprintf("%d of %d requests couldn't be judged", n, r.Requests))
	}
	if r.LeftOut > 0 {
		list = append(list, fmt.Sprintf("%d requests are of more kinds than are kept", r.LeftOut))
	}
	if r.Left.Problem != "" {
		list = append(list, "what was left in the bucket couldn't be read: "+r.Left.Problem)
	}
	return list
}

// Count returns how many requests the findings of a class are about.
func (r Report) Count(class Class) int {
	n := 0
	for _, f := range r.Findings {
		if f.Class == class {
			n += f.Count
		}
	}
	return n
}

// leftBehind finds what the owner won't like in what was left.
func (j *Judge) leftBehind(left Left) {
	add := func(problem Problem, count int, why string, examples []string) {
		if count == 0 {
			return
		}
		j.add(
			Finding{Class: Unwanted, Problem: problem, Why: why, Examples: examples, Fix: advice("", topic(problem))},
			"",
			count,
		)
	}
	add(
		Overwrites,
		left.Noncurrent,
		"versions behind a newer one: each stays, locked and billed, until its retention ends",
		left.Overwritten,
	)
	add(Markers, left.Markers, "delete markers: the objects are hidden, their versions stay", left.Hidden)
	add(Unfinished, left.Uploads, "multipart uploads that are neither complete nor aborted", left.Unfinished)
	if j.dates.without > 0 {
		why := fmt.Sprintf("%d of %d uploads named no retention: the bucket's default applies, %s",
			j.dates.without, j.dates.without+j.dates.with, strings.ToLower(j.bucket.Retention.String()))
		j.add(Finding{Class: Note, Problem: NoDate, Why: why}, "", j.dates.without)
	}
}
