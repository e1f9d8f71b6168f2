package report

import (
	"time"

	"datalock/internal/prove"
	"datalock/settings"
)

// New returns the report of a run that starts now.
func New(kind string, now time.Time) *Report {
	return &Report{
		Schema: Schema, Kind: kind, Verdict: prove.Inconclusive, Started: now.UTC(), Tool: ToolNow(), Subjects: []Subject{},
	}
}

// Add adds a subject to the report.
func (r *Report) Add(s Subject) { r.Subjects = append(r.Subjects, s) }

// End completes the report. aborted is the error that stopped the run, or nil.
func (r *Report) End(now time.Time, aborted error) {
	r.Ended = now.UTC()
	if aborted != nil {
		r.Aborted = aborted.Error()
	}
	r.Verdict = r.verdict()
}

// NewSubject returns a subject with what is known of its bucket before the run.
func NewSubject(c prove.Config, server Server) Subject {
	s := Subject{
		Bucket: c.Bucket, Region: c.Endpoint.Region, Server: server, Guards: c.Guards.Declared,
		Retention: Retention{Mode: string(c.Expected.Mode), Days: c.Expected.TotalDays()},
		Trials:    []Trial{}, Left: Left{Versions: []prove.LeftVersion{}, Buckets: []string{}},
	}
	if s.Guards == nil {
		s.Guards = []prove.Guard{}
	}
	s.Statements = statementsOf(c.Guards, s.Retention.Mode, nil)
	return s
}

// Fill adds the outcome of a run to the subject.
func (s *Subject) Fill(c prove.Config, o prove.Outcome) {
	s.Trials, s.Counts = []Trial{}, Counts{}
	for _, r := range o.Results {
		s.Trials = append(s.Trials, record(r))
		s.Counts.add(r)
	}
	s.Bucket, s.Statements = c.Bucket, statementsOf(c.Guards, s.Retention.Mode, s.Trials)
	s.Exempt, s.ClockAhead, s.Watched = o.Exempt, o.ClockAhead.Seconds(), o.Watched.Seconds()
	s.NotAsked, s.Left.Unlisted = o.NotAsked, o.Left.Unlisted
	s.Left.Versions = append([]prove.LeftVersion{}, o.Left.Versions...)
	s.Left.Buckets = append([]string{}, o.Left.Buckets...)
	s.Left.Settings = o.Left.Settings
}

func (c *Counts) add(r prove.Result) {
	switch r.Status {
	case prove.Held:
		c.Held++
	case prove.Breached:
		c.Breached++
	case prove.Inconclusive:
		c.Inconclusive++
	case prove.NotApplicable:
		c.NotApplicable++
	}
	if r.Control != nil {
		c.Controls++
		if r.Control.Succeeded {
			c.Succeeded++
		}
	}
}

func record(r prove.Result) Trial {
	t := Trial{
		Name: r.Trial.Name, Group: r.Trial.Group, Verdict: r.Status, As: r.As,
		Target: r.Trial.Target.Text, Attack: r.Trial.Attack, Expectation: r.Trial.Expectation.Text, Found: r.Reason,
		Deviations: r.Deviations, Requests: append([]prove.Request{}, r.Requests...),
		Version: r.Version, Before: r.Before, After: r.After, Moves: r.Moves,
		Guard: r.Trial.Guard, Document: r.Trial.Document,
		Control: Control{Kind: r.Trial.Control, Text: r.Trial.Control.Text()},
		Started: r.Started.UTC(), Took: r.Took.Seconds(), Watched: r.Watched.Seconds(),
		policyUnreached: r.PolicyUnreached,
	}
	if c := r.Control; c != nil {
		t.Control.Ran, t.Control.Succeeded, t.Control.Found, t.Control.Requests = true, c.Succeeded, c.Found, c.Requests
	}
	return t
}

// The kinds of server.
const (
	Local = "local server"
	Other = "S3 endpoint"
	AWS   = "AWS"
)

// KindOf returns whether an endpoint is AWS or another S3 server.
func KindOf(endpoint string) string {
	if settings.OnAWS(endpoint) {
		return AWS
	}
	return Other
}
