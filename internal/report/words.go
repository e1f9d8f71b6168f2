package report

import (
	"fmt"
	"strings"
	"time"

	"datalock/internal/prove"
)

// statusWord is how a report says a status.
func statusWord(s prove.Status) string {
	return map[prove.Status]string{
		prove.Passed: "passed", prove.Failed: "FAILED", prove.Toothless: "PROVES NOTHING",
		prove.NotEnforced: "not enforced by this server", prove.NotRun: "not run",
	}[s]
}

// verdict is the report's first sentence.
func verdict(r Report) string {
	var failed, toothless, controls, passed, changes, unenforced, notRun int
	for _, s := range r.Subjects {
		failed, toothless, passed = failed+s.Counts.Failed, toothless+s.Counts.Toothless, passed+s.Counts.Passed
		for _, t := range s.Trials {
			if t.Status == prove.Passed && t.Control.Succeeded {
				controls++
			}
		}
		unenforced, notRun = unenforced+s.Counts.NotEnforced, notRun+s.Counts.NotRun
		if s.Terraform != nil {
			changes += len(s.Terraform.Changes)
		}
	}
	var parts []string
	if failed > 0 {
		parts = append(parts, plural(failed, "trial failed", "trials failed"))
	}
	if toothless > 0 {
		parts = append(parts, plural(toothless, "trial passes where it must fail, and so proves nothing", "trials pass where they must fail, and so prove nothing"))
	}
	if changes > 0 {
		parts = append(parts, "the second plan isn't empty: "+plural(changes, "change", "changes"))
	}
	if len(parts) > 0 {
		return "Not proven: " + strings.Join(parts, "; ") + "."
	}
	text := fmt.Sprintf("All %d attacks ended as they must.", passed)
	if controls > 0 {
		text += fmt.Sprintf(" %d of them were also made where they must succeed, and did.", controls)
	}
	if unenforced > 0 {
		text += " " + plural(unenforced, "trial of a guard", "trials of guards") + " could not be judged, because this server doesn't enforce such policies."
	}
	if notRun > 0 {
		text += " " + plural(notRun, "trial was", "trials were") + " not run; each says why."
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// title names the report.
func title(r Report) string {
	names := make([]string, 0, len(r.Subjects))
	for _, s := range r.Subjects {
		if s.Stack != "" {
			names = append(names, s.Stack)
		} else {
			names = append(names, s.Bucket)
		}
	}
	if r.Kind == Rehearsal {
		return "Rehearsal of " + strings.Join(names, ", ")
	}
	return "Proof of bucket " + strings.Join(names, ", ")
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func lockText(r Retention) string {
	if r.Days == 0 {
		return "no default retention"
	}
	return fmt.Sprintf("%s for %s", r.Mode, plural(r.Days, "day", "days"))
}

// leftText says what the run left behind.
func leftText(l Left) string {
	if l.Removed {
		return fmt.Sprintf("%s, which went with the server.", plural(l.Objects, "object version", "object versions"))
	}
	text := fmt.Sprintf("%s, %d bytes in all", plural(l.Objects, "object version", "object versions"), l.Bytes)
	if l.Until != nil {
		text += ", locked until " + moment(*l.Until) + " at the latest"
	}
	if len(l.Buckets) > 0 {
		text += "; control buckets that could not be removed: " + strings.Join(l.Buckets, ", ")
	}
	return text + "."
}

// answersText says what the server answered, the same answers once.
func answersText(answers []prove.Answer) string {
	if len(answers) == 0 {
		return "–"
	}
	var parts []string
	for i := 0; i < len(answers); {
		text, n := answers[i].String(), 1
		for i+n < len(answers) && answers[i+n].String() == text {
			n++
		}
		if n > 1 {
			text += fmt.Sprintf(" ×%d", n)
		}
		parts = append(parts, text)
		i += n
	}
	return strings.Join(parts, ", ")
}

// controlText says what came of the control.
func controlText(c Control) string {
	switch {
	case c.Kind == prove.NoControl:
		return c.Text
	case !c.Ran:
		return "not tried in this run"
	case c.Succeeded:
		return c.Text + ", as it must: " + c.Found
	}
	return "did NOT succeed where it must: " + c.Found
}

// groupsOf returns the trials of each group, in the table's order.
func groupsOf(trials []Trial) []group {
	var groups []group
	for _, g := range prove.Groups() {
		one := group{Title: g.Title(), Name: g}
		for _, t := range trials {
			if t.Group == g {
				one.Trials = append(one.Trials, t)
			}
		}
		if len(one.Trials) > 0 {
			groups = append(groups, one)
		}
	}
	return groups
}

// A group is a part of the list of trials.
type group struct {
	Name   prove.Group
	Title  string
	Trials []Trial
}

// Passed returns how many of the group's trials passed.
func (g group) Passed() int {
	n := 0
	for _, t := range g.Trials {
		if t.Status == prove.Passed {
			n++
		}
	}
	return n
}

// limits are what no report shows; they stand in each.
var limits = []string{
	"What was seen is what this server did at this time. A rehearsal shows that the declared configuration does on a server with Object Lock what it says; AWS itself is judged by a proof on AWS.",
	"COMPLIANCE retention binds the versions, not the bucket: whoever may change the bucket's default retention can leave versions to come unprotected.",
	"Lifecycle rules act once a day, so no run is long enough to see one act. That they don't reach locked versions is AWS's word.",
	"An AWS account can be closed; its data goes with it, whatever the retention.",
}
