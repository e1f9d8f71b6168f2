package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"datalock/internal/audit"
	"datalock/internal/prove"
)

// verdictWord returns a verdict as text that can be told apart without colour.
func verdictWord(s prove.Status) string {
	return map[prove.Status]string{
		prove.Held: "held", prove.Breached: "BREACHED", prove.Inconclusive: "INCONCLUSIVE",
		prove.NotApplicable: "not applicable",
	}[s]
}

// heading names a subject's bucket, and which one of its stack it is.
func heading(s Subject) string {
	if s.Kind == audit.Data {
		return s.Bucket
	}
	return s.Bucket + ", the " + s.Kind.Says()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// title names the report.
func title(r *Report) string {
	names := make([]string, 0, len(r.Subjects))
	for _, s := range r.Subjects {
		switch {
		case s.Kind != audit.Data: // its stack is named already
		case s.Stack != "":
			names = append(names, s.Stack)
		default:
			names = append(names, s.Bucket)
		}
	}
	if r.Kind == Rehearsal {
		return strings.TrimSpace("Rehearsal of " + strings.Join(names, ", "))
	}
	return strings.TrimSpace("Proof of bucket " + strings.Join(names, ", "))
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func lockText(r Retention) string {
	if r.Days == 0 {
		return "none"
	}
	return fmt.Sprintf("%s for %s", r.Mode, plural(r.Days, "day", "days"))
}

// leftText says what the run left behind.
func leftText(l Left) string {
	text := plural(len(l.Versions), "object version", "object versions")
	if l.Removed {
		return text + ", removed with the server"
	}
	if until := l.Until(); !until.IsZero() {
		text += ", locked until " + moment(until) + " at the latest"
	} else if len(l.Versions) > 0 && l.unknown() == 0 {
		text += ", none of them locked"
		if l.Versions[0].Denied {
			text += "; the bucket policy denies deletion"
		}
	}
	if n := l.unknown(); n > 0 {
		text += fmt.Sprintf("; %d with an unknown lock", n)
	}
	if n := l.held(); n > 0 {
		text += fmt.Sprintf("; %d on which a legal hold stays or may stay, which has no end: remove it with "+
			"aws s3api put-object-legal-hold", n)
	}
	if len(l.Settings) > 0 {
		text += "; settings that were changed and not restored: " + strings.Join(l.Settings, "; ")
	}
	if l.Unlisted != "" {
		text += "; there may be more: they could not be listed: " + l.Unlisted
	}
	if len(l.Buckets) > 0 {
		text += "; control buckets that may still exist: " + strings.Join(l.Buckets, ", ")
	}
	return text
}

// unknown counts the versions whose lock could not be read.
func (l Left) unknown() int {
	n := 0
	for _, v := range l.Versions {
		if v.Lock == "unknown" {
			n++
		}
	}
	return n
}

// held counts the versions on which a legal hold of the run stays or may stay.
func (l Left) held() int {
	n := 0
	for _, v := range l.Versions {
		if v.Hold != "" {
			n++
		}
	}
	return n
}

// leftLock returns a version's lock as text.
func leftLock(v prove.LeftVersion) string {
	return retentionText(v) + map[string]string{
		prove.HoldOn:      ", and under a legal hold, which has no end",
		prove.HoldUnknown: ", and perhaps under a legal hold, which has no end: it could not be read",
	}[v.Hold]
}

func retentionText(v prove.LeftVersion) string {
	if v.Denied {
		return "not locked; the bucket policy denies deletion"
	}
	if v.Until == nil {
		if v.ByDefault != nil {
			return "not read; by the bucket's default retention locked until " + moment(*v.ByDefault)
		}
		return map[string]string{"none": "not locked"}[v.Lock] + map[string]string{"unknown": "unknown"}[v.Lock]
	}
	return v.Lock + " until " + moment(*v.Until)
}

// answersText lists the server's answers to the attack, with repeated ones
// merged.
func answersText(requests []prove.Request) string {
	attacks := prove.Attacks(requests)
	if len(attacks) == 0 {
		return "no request sent"
	}
	var parts []string
	for i := 0; i < len(attacks); {
		text, n := attacks[i].Answer(), 1
		for i+n < len(attacks) && attacks[i+n].Answer() == text {
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

// controlText describes the result of the control.
func controlText(c Control) string {
	switch {
	case c.Kind == prove.NoControl:
		return c.Text
	case !c.Ran:
		return "did not run"
	case c.Succeeded:
		return c.Text + ": " + c.Found
	}
	return "the attack did NOT succeed in its control (" + c.Text + "): " + c.Found
}

// watchText says how long the versions were watched.
func watchText(s Subject) string {
	if s.Watched == 0 {
		return "no version was read again after its trial"
	}
	under := " under the default retention"
	if s.Kind == audit.Evidence {
		under = ""
	}
	// Rounded down, to claim no more than was watched.
	return fmt.Sprintf("each version%s whose trial held was read again at least %.1f s after its attack",
		under, math.Floor(s.Watched*10)/10)
}

// clockText says how far the server's clock differs, "" if it doesn't.
func clockText(s Subject) string {
	if s.ClockAhead == 0 {
		return ""
	}
	way := "ahead of"
	if s.ClockAhead < 0 {
		way = "behind"
	}
	off := time.Duration(s.ClockAhead * float64(time.Second)).Abs()
	return fmt.Sprintf("by its Date header, the server's clock is %s %s this machine's; the trials use the server's time",
		off, way)
}

// exemptText lists the principals that bucket policies don't stop.
func exemptText(s Subject) string {
	names := make([]string, 0, len(s.Exempt))
	for _, who := range s.Exempt {
		names = append(names, string(who))
	}
	return strings.Join(names, ", ")
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

// A group is the trials of one group.
type group struct {
	Name   prove.Group
	Title  string
	Trials []Trial
}

// Line returns the group's number of trials for each verdict.
func (g group) Line() string {
	n := map[prove.Status]int{}
	for _, t := range g.Trials {
		n[t.Verdict]++
	}
	var parts []string
	for _, verdict := range []prove.Status{prove.Held, prove.Breached, prove.Inconclusive, prove.NotApplicable} {
		if n[verdict] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[verdict], verdictWord(verdict)))
		}
	}
	return strings.Join(parts, ", ")
}

// limits is what no report shows; every report lists it.
var limits = []string{
	"The report shows what this server did at this time. A rehearsal tests the declared configuration on a server " +
		"that isn't AWS; only a proof on AWS tests AWS.",
	"Retention protects versions, not the bucket: whoever may change the bucket's default retention can leave future " +
		"versions unprotected.",
	"Lifecycle rules run once a day, so no run is long enough to see one. That they skip locked versions is AWS's " +
		"statement.",
	"A version that is deleted after the last read goes unnoticed.",
	"An AWS account can be closed, which deletes its data whatever the retention.",
}
