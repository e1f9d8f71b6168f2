package check

import (
	"io"
	"slices"
	"time"

	"datalock/settings"
)

// Schema is the version of the JSON form of a [Report]. It changes only with
// incompatible changes.
const Schema = 1

// A Report is the result for all files of one run.
type Report struct {
	Schema int    `json:"schema"`
	Files  []File `json:"files"`
	// Notes say which exceptions have expired, and which exceptions and scopes
	// aren't used.
	Notes []string `json:"notes"`
}

// A File is the result for one plan or stack.
type File struct {
	// Name is the file's name as given, "-" for standard input.
	Name string `json:"file"`
	// Error is why the file could not be judged, or empty. With an error the
	// other fields say nothing.
	Error string `json:"error,omitempty"`
	Kind  Kind   `json:"kind,omitempty"`
	// Version is the version of Terraform, OpenTofu or cdktf that wrote it.
	Version string `json:"version,omitempty"`
	// Resources is the number of all resources, Guards the number of those that
	// were judged.
	Resources int `json:"resources"`
	Guards    int `json:"guards"`
	// LeftOut are the addresses that the scope leaves out.
	LeftOut []string `json:"leftOut"`
	// Buckets are the buckets after the apply.
	Buckets []Bucket `json:"buckets"`
	// Warnings are signs that something is wrong, for a person to judge.
	Warnings []string `json:"warnings"`
	// Permanent are the locks that can't be undone after the apply.
	Permanent []Permanence `json:"permanent"`
	// Findings must stop the plan; Excepted are those that an exception allows.
	Findings []Finding `json:"findings"`
	Excepted []Finding `json:"excepted"`
}

// Options configure a [Gate].
type Options struct {
	// Settings have the exceptions, the scope and the expected data.
	Settings settings.Settings
	// Only are patterns of addresses that replace the scope of [settings.Check].
	Only []string
	// Past is the past of each stack, by its name.
	Past map[string]Past
	// Now is the time of the check: an exception counts until its last day in UTC
	// is over, and lock dates are those of an object written now.
	Now time.Time
}

// A Gate judges files by the rules and the exceptions.
type Gate struct {
	rules  []Rule
	o      Options
	scope  scopes
	used   []bool          // of the exceptions
	inUse  map[string]bool // the patterns of the scope that match a resource
	report Report
}

// NewGate returns a gate.
func NewGate(rules []Rule, o Options) *Gate {
	g := &Gate{
		rules: rules, o: o, scope: o.Only, used: make([]bool, len(o.Settings.Exceptions)),
		inUse: map[string]bool{}, report: Report{Schema: Schema},
	}
	if len(g.scope) == 0 {
		g.scope = o.Settings.Check.Scope
	}
	return g
}

// Judge judges one file. If it can't be read, the report has the error.
func (g *Gate) Judge(name string, from io.Reader) {
	s, err := Read(from)
	if err != nil {
		g.Unjudged(name, err)
		return
	}
	leftOut, used, err := s.limit(g.scope)
	for _, pattern := range used {
		g.inUse[pattern] = true
	}
	if err != nil {
		g.Unjudged(name, err)
		return
	}
	s.Remember(g.o.Settings, g.o.Past)
	found, stackOf := s.Judge(g.rules), s.stacks(g.o.Settings)
	s.keep(func(r *resource) bool { return !s.outOfScope[r] })
	f := newFile(name)
	f.Kind, f.Version, f.Resources, f.Guards, f.LeftOut = s.Kind, Printable(s.Version), s.Total, s.Guards(), leftOut
	f.Permanent = s.permanent(g.o.Settings, g.o.Now)
	unused := slices.DeleteFunc(slices.Clone(g.o.Settings.Exceptions), func(e settings.Exception) bool {
		return !slices.ContainsFunc(s.resources, func(r *resource) bool { return e.About(stackOf(r)) })
	})
	for _, finding := range found {
		stack := stackOf(finding.at)
		unused = slices.DeleteFunc(unused, func(e settings.Exception) bool {
			return e.Covers(finding.Rule, finding.Address, stack)
		})
		if reason, excepted := g.excepted(finding, stack); excepted {
			finding.Exception = reason
			f.Excepted = append(f.Excepted, finding)
		} else {
			f.Findings = append(f.Findings, finding)
		}
	}
	f.Buckets, f.Warnings = s.overview(f.Findings), s.warnings(unused)
	g.report.Files = append(g.report.Files, f)
}

// newFile returns a file with empty lists, so that the JSON has no null.
func newFile(name string) File {
	return File{
		Name: name, LeftOut: []string{}, Buckets: []Bucket{}, Permanent: []Permanence{},
		Warnings: []string{}, Findings: []Finding{}, Excepted: []Finding{},
	}
}

// Unjudged records a file that could not be opened or judged.
func (g *Gate) Unjudged(name string, err error) {
	f := newFile(name)
	f.Error = Printable(err.Error())
	g.report.Files = append(g.report.Files, f)
}

func (g *Gate) excepted(f Finding, stack string) (reason string, excepted bool) {
	for i, e := range g.o.Settings.Exceptions {
		if e.Covers(f.Rule, f.Address, stack) {
			g.used[i] = true
			if !e.Expired(g.o.Now) {
				return e.Reason, true
			}
		}
	}
	return "", false
}

// Report returns the result for all files so far.
func (g *Gate) Report() Report {
	r := g.report
	r.Notes = []string{}
	for i, e := range g.o.Settings.Exceptions {
		name := "the " + e.String()
		switch {
		case e.Expired(g.o.Now):
			r.Notes = append(r.Notes, name+" expired on "+e.Until+"; remove it")
		case !g.used[i] && !e.OnlyAudit():
			r.Notes = append(r.Notes, name+" was not needed; remove it")
		}
	}
	for _, pattern := range g.scope {
		if !g.inUse[pattern] {
			r.Notes = append(r.Notes, "the scope "+Printable(pattern)+
				" is about nothing here that holds or guards locked data; fix or remove it")
		}
	}
	return r
}

// Judged reports whether there was a file, and all files could be judged.
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
