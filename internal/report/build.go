package report

import (
	"runtime"
	"runtime/debug"

	"datalock/internal/prove"
)

// ToolNow describes this program.
func ToolNow() Tool {
	t := Tool{Name: "datalock", Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return t
	}
	t.Version = info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			t.Version = setting.Value
		}
	}
	return t
}

// Fill puts the outcome of a run into the subject: trials, counts and what was
// left.
func (s *Subject) Fill(o prove.Outcome) {
	s.Trials, s.Counts = nil, Counts{}
	for _, r := range o.Results {
		s.Trials = append(s.Trials, record(r))
		if r.Control != nil && r.Control.Succeeded {
			s.Counts.Controls++
		}
	}
	s.Counts.Passed = o.Count(prove.Passed)
	s.Counts.Failed = o.Count(prove.Failed)
	s.Counts.Toothless = o.Count(prove.Toothless)
	s.Counts.NotEnforced = o.Count(prove.NotEnforced)
	s.Counts.NotRun = o.Count(prove.NotRun)
	s.Left.Objects, s.Left.Bytes, s.Left.Buckets = o.Objects, o.Bytes, o.Left
	if !o.Until.IsZero() {
		until := o.Until.UTC()
		s.Left.Until = &until
	}
}

// OK reports whether the subject is as it must be.
func (s Subject) OK() bool {
	return s.Counts.Failed+s.Counts.Toothless == 0 && (s.Terraform == nil || len(s.Terraform.Changes) == 0)
}

func record(r prove.Result) Trial {
	t := Trial{
		Name: r.Trial.Name, Group: r.Trial.Group, Status: r.Status, As: r.As,
		Target: r.Trial.Target.Text, Attack: r.Trial.Attack, Must: r.Trial.Must.Text, Found: r.Reason,
		Answers: r.Answers, Version: r.Version, Before: r.Before, After: r.After, Moves: r.Moves,
		Guard: r.Trial.Guard, Document: r.Trial.Document,
		Control: Control{Kind: r.Trial.Control, Text: r.Trial.Control.Text()},
		Started: r.Started.UTC(), Took: r.Took.Seconds(),
	}
	if t.Answers == nil {
		t.Answers = []prove.Answer{}
	}
	if c := r.Control; c != nil {
		t.Control.Ran, t.Control.Succeeded, t.Control.Found, t.Control.Answers = true, c.Succeeded, c.Found, c.Answers
	}
	return t
}
