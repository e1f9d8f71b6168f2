package judge

import (
	"fmt"
	"strings"
	"time"
)

// Schema is the version of the JSON report.
const Schema = 1

// A Verdict is the outcome of a run.
type Verdict string

// The verdicts.
const (
	// Clean says that nothing was refused, and everything could be judged.
	Clean Verdict = "nothing refused"
	// Fails says that S3 refuses something.
	Fails Verdict = "refused"
	// Inconclusive says that nothing was refused, but that this proves nothing.
	Inconclusive Verdict = "inconclusive"
)

// A Report says how S3 would treat a program's requests.
type Report struct {
	Schema  int     `json:"schema"`
	Verdict Verdict `json:"verdict"`
	// Reasons say why the verdict is inconclusive.
	Reasons []string `json:"reasons,omitempty"`
	Stack   string   `json:"stack"`
	Bucket  string   `json:"bucket"`
	// Retention is the bucket's default retention.
	Retention string    `json:"retention"`
	Started   time.Time `json:"started"`
	Command   *Command  `json:"command,omitempty"`
	// Requests counts them all, Refused those that S3 refuses at least in part,
	// Unjudged those that couldn't be judged.
	Requests int       `json:"requests"`
	Refused  int       `json:"refused"`
	Unjudged int       `json:"unjudged"`
	Kinds    []Kind    `json:"kinds"`
	Findings []Finding `json:"findings"`
	// LeftOut counts requests of kinds that aren't listed.
	LeftOut int  `json:"left_out,omitempty"`
	Left    Left `json:"left_behind"`
	// Handshakes are TLS errors of connections that failed before they sent a
	// request.
	Handshakes []string `json:"failed_handshakes,omitempty"`
	// Changes are the changes made to the declaration for the local server;
	// Gaps are that server's differences from S3.
	Changes []string `json:"changes_for_the_server"`
	Gaps    []string `json:"server_gaps"`
}

// A Command describes how the program ended. Its arguments aren't kept: they
// may contain secrets.
type Command struct {
	Program string `json:"program"`
	Exit    int    `json:"exit_code"`
	// Ended says how it ended if it didn't exit on its own.
	Ended   string  `json:"ended,omitempty"`
	Seconds float64 `json:"seconds"`
	// Left are the processes that it left running, which were then stopped.
	Left []string `json:"left_running,omitempty"`
	// Unstopped are those that couldn't be stopped, such as another user's.
	Unstopped []string `json:"still_running,omitempty"`
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

// Left describes what the program left in the bucket.
type Left struct {
	// Versions is the number of object versions that it created, Noncurrent the
	// number of those behind a newer one, Bytes their total size.
	Versions   int   `json:"versions"`
	Noncurrent int   `json:"noncurrent"`
	Bytes      int64 `json:"bytes"`
	Markers    int   `json:"delete_markers"`
	// Modes counts the locked versions by mode; First and Last are the earliest
	// and the latest end of their retention.
	Modes map[string]int `json:"modes,omitempty"`
	First time.Time      `json:"first_until,omitzero"`
	Last  time.Time      `json:"last_until,omitzero"`
	Holds int            `json:"legal_holds"`
	// Unlocked counts versions without a retention, Unread those whose lock
	// wasn't read.
	Unlocked int `json:"unlocked"`
	Unread   int `json:"unread"`
	// Uploads counts multipart uploads that are neither complete nor aborted.
	Uploads int `json:"unfinished_uploads"`
	// Examples of keys: of noncurrent versions, of delete markers, and of
	// uploads.
	Overwritten []string `json:"overwritten,omitempty"`
	Hidden      []string `json:"hidden,omitempty"`
	Unfinished  []string `json:"unfinished,omitempty"`
	// Problem says why the bucket couldn't be read.
	Problem string `json:"problem,omitempty"`
}

// Report returns the report of all requests. handshakes are the TLS errors of
// connections that failed before they sent one.
func (j *Judge) Report(command *Command, left Left, handshakes ...string) Report {
	j.leftBehind(left)
	r := Report{
		Schema: Schema, Bucket: j.bucket.Name, Command: command, Requests: j.requests,
		Refused: j.refused, Unjudged: j.unjudged, LeftOut: j.leftOut, Left: left,
		Retention: string(j.bucket.Retention.Mode) + ", " + j.bucket.Retention.String(),
		Kinds:     make([]Kind, 0, len(j.kinds)), Findings: byClass(j.findings), Changes: []string{}, Gaps: []string{},
		Handshakes: handshakes,
	}
	for _, k := range j.kinds {
		r.Kinds = append(r.Kinds, *k)
	}
	r.Reasons = j.reasons(r)
	switch {
	case r.Refused > 0:
		r.Verdict = Fails
	case len(r.Reasons) > 0:
		r.Verdict = Inconclusive
	default:
		r.Verdict = Clean
	}
	return r
}

// reasons say why the absence of refusals proves nothing.
func (j *Judge) reasons(r Report) []string {
	var list []string
	if failed := r.Command.failed(); failed != "" {
		if r.Refused == 0 && r.Requests > 0 {
			failed += ", though nothing was refused"
		}
		list = append(list, failed)
	}
	if r.Command != nil && len(r.Command.Unstopped) > 0 {
		list = append(list, "the command left processes running that couldn't be stopped: "+
			strings.Join(r.Command.Unstopped, ", "))
	}
	switch {
	case r.Requests == 0:
		list = append(list, "the recorder received no request: the command didn't use the endpoint")
	case r.Unjudged > 0:
		list = append(list, fmt.Sprintf("%d of %d requests couldn't be judged", r.Unjudged, r.Requests))
	}
	for _, said := range r.Handshakes {
		if !brokenConnection(said) {
			list = append(list, "a connection failed its TLS handshake, so what it would have sent isn't known: "+said)
		}
	}
	if r.LeftOut > 0 {
		list = append(list, fmt.Sprintf("%d requests aren't listed: there are too many kinds", r.LeftOut))
	}
	if r.Left.Problem != "" {
		list = append(list, "what was left in the bucket couldn't be read: "+r.Left.Problem)
	}
	return list
}

// brokenConnection reports whether a connection just ended, as that of a program
// that stops, and wasn't refused by either side for its certificate, its version
// of TLS or plain HTTP.
func brokenConnection(said string) bool {
	return !strings.Contains(said, "tls: ") && !strings.Contains(said, "HTTP request to an HTTPS server")
}

// leftBehind adds findings for unwanted things that the program left.
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
		"noncurrent versions: each stays, locked and billed, until its retention ends",
		left.Overwritten,
	)
	add(Markers, left.Markers, "delete markers: the objects are hidden, but their versions stay", left.Hidden)
	add(Unfinished, left.Uploads, "multipart uploads that are neither complete nor aborted", left.Unfinished)
	if j.dates.without > 0 {
		why := fmt.Sprintf("%d of %d uploads named no retention: the bucket's default applies, %s",
			j.dates.without, j.dates.without+j.dates.with, strings.ToLower(j.bucket.Retention.String()))
		j.add(Finding{Class: Note, Problem: NoDate, Why: why}, "", j.dates.without)
	}
}
