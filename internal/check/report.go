package check

import (
	"io"
	"slices"
	"time"

	"datalock/settings"
)

// Schema is the version of the JSON form of a [Report]: a number that grows
// where a reader would have to change.
const Schema = 1

// A Report is what came out for all files of one run.
type Report struct {
	Schema int    `json:"schema"`
	Files  []File `json:"files"`
	// Notes are what is wrong with the exceptions: expired, unused, of a rule
	// that there isn't.
	Notes []string `json:"notes"`
}

// A File is what came out for one plan or stack.
type File struct {
	// Name is the file as it was named, "-" for standard input.
	Name string `json:"file"`
	// Error is why it could not be judged, or empty. The rest then says
	// nothing.
	Error string `json:"error,omitempty"`
	Kind  Kind   `json:"kind,omitempty"`
	// Version is that of the Terraform, OpenTofu or cdktf that wrote it.
	Version string `json:"version,omitempty"`
	// Resources is the number of all resources, Guards that of those which
	// hold or guard locked data.
	Resources int `json:"resources"`
	Guards    int `json:"guards"`
	// Findings are what must stop the plan, Excepted what an exception allows.
	Findings []Finding `json:"findings"`
	Excepted []Finding `json:"excepted"`
}

// A Gate judges files by the rules and by the exceptions that count today.
type Gate struct {
	rules      []Rule
	exceptions []settings.Exception
	used       []bool
	now        time.Time
	report     Report
}

// NewGate returns a gate. Exceptions count until their last day, in UTC, is
// over at now.
func NewGate(rules []Rule, exceptions []settings.Exception, now time.Time) *Gate {
	return &Gate{rules: rules, exceptions: exceptions, used: make([]bool, len(exceptions)), now: now, report: Report{Schema: Schema}}
}

// Judge judges one file. Where it can't be read, the report says so.
func (g *Gate) Judge(name string, from io.Reader) {
	f := File{Name: name, Findings: []Finding{}, Excepted: []Finding{}}
	s, err := Read(from)
	if err != nil {
		f.Error = err.Error()
		g.report.Files = append(g.report.Files, f)
		return
	}
	f.Kind, f.Version, f.Resources, f.Guards = s.Kind, printable(s.Version), s.Total, s.Guards()
	for _, finding := range s.Judge(g.rules) {
		if reason, excepted := g.excepted(finding); excepted {
			finding.Exception = reason
			f.Excepted = append(f.Excepted, finding)
		} else {
			f.Findings = append(f.Findings, finding)
		}
	}
	g.report.Files = append(g.report.Files, f)
}

// Unjudged notes a file that could not even be opened.
func (g *Gate) Unjudged(name string, err error) {
	g.report.Files = append(g.report.Files, File{Name: name, Error: err.Error(), Findings: []Finding{}, Excepted: []Finding{}})
}

func (g *Gate) excepted(f Finding) (reason string, excepted bool) {
	for i, e := range g.exceptions {
		if e.Rule == f.Rule && e.Address == f.Address {
			g.used[i] = true
			if !e.Expired(g.now) {
				return e.Reason, true
			}
		}
	}
	return "", false
}

// Report returns what came out of all files so far.
func (g *Gate) Report() Report {
	r := g.report
	r.Notes = []string{}
	for i, e := range g.exceptions {
		name := "the exception of " + e.Address + " from " + e.Rule
		known := slices.ContainsFunc(g.rules, func(rule Rule) bool { return rule.Name == e.Rule })
		switch {
		case !known:
			r.Notes = append(r.Notes, name+" names no rule that there is; mend or remove it")
		case e.Expired(g.now):
			r.Notes = append(r.Notes, name+" counted until "+e.Until+", and no longer does; remove it")
		case !g.used[i]:
			r.Notes = append(r.Notes, name+" was not needed; remove it")
		}
	}
	return r
}

// Judged reports whether every file could be judged, and there was one.
func (r Report) Judged() bool {
	return len(r.Files) > 0 && !slices.ContainsFunc(r.Files, func(f File) bool { return f.Error != "" })
}

// Found returns the number of findings that must stop a plan.
func (r Report) Found() int {
	n := 0
	for _, f := range r.Files {
		n += len(f.Findings)
	}
	return n
}
