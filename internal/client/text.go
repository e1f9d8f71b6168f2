package client

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"datalock/internal/client/judge"

	"github.com/dustin/go-humanize"
)

// Headline states the outcome in one line.
func Headline(r judge.Report) string {
	switch r.Verdict {
	case judge.Fails:
		return fmt.Sprintf("Refused: S3 refuses %s; %s recorded on a local S3 server, not AWS.",
			count(r.Refused, "request"), count(r.Requests, "request"))
	case judge.Inconclusive:
		return "Inconclusive: " + strings.Join(r.Reasons, "; ") + "."
	}
	return fmt.Sprintf("Nothing refused: %s recorded on a local S3 server, not AWS.", count(r.Requests, "request"))
}

// Text returns the report for a terminal, headline first.
func Text(r judge.Report) string {
	var b strings.Builder
	line := func(format string, arg string) { fmt.Fprintf(&b, format+"\n", visible(arg)) }
	line("%s", Headline(r))
	if r.Verdict == judge.Fails {
		for _, reason := range r.Reasons {
			line("  also: %s", reason)
		}
	}
	for _, f := range r.Findings {
		line("%s", "  "+strings.TrimSpace(string(f.Class)+" "+title(f)))
		line("      %s", f.Why)
		for _, example := range f.Examples {
			line("      example: %s", example)
		}
		for _, fix := range f.Fix {
			line("      fix: %s", fix)
		}
	}
	for _, said := range r.Handshakes {
		line("  a connection failed before it sent a request: %s", said)
	}
	line("requests: %s", kinds(r))
	line("left: %s", left(r.Left))
	if c := r.Command; c != nil {
		line("command: %s", became(c))
	}
	return b.String()
}

// title describes a finding.
func title(f judge.Finding) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(strings.TrimSpace(string(f.Operation) + " × " + humanize.Comma(int64(f.Count))))
	if f.Operation == "" {
		parts = []string{"× " + humanize.Comma(int64(f.Count))}
	}
	add(f.Program)
	if f.Status >= 300 {
		add(strings.TrimSpace(fmt.Sprintf("%d %s", f.Status, f.Code)))
	}
	if f.Rule != "none" {
		add(f.Rule)
	}
	return strings.Join(parts, ", ")
}

// kinds lists the operations, the most frequent first.
func kinds(r judge.Report) string {
	if r.Requests == 0 {
		return "none"
	}
	list := append([]judge.Kind(nil), r.Kinds...)
	sort.SliceStable(list, func(a, b int) bool { return list[a].Requests > list[b].Requests })
	var parts []string
	programs := map[string]bool{}
	for _, k := range list {
		programs[k.Program] = true
	}
	for _, k := range list {
		text := fmt.Sprintf("%s × %s", k.Operation, humanize.Comma(int64(k.Requests)))
		if k.Refused > 0 {
			text += fmt.Sprintf(" (%s refused)", humanize.Comma(int64(k.Refused)))
		}
		if len(programs) > 1 {
			text += " by " + k.Program
		}
		parts = append(parts, text)
	}
	text := strings.Join(parts, ", ")
	if len(programs) == 1 {
		text += ", by " + list[0].Program
	}
	return text
}

// left describes what stays in the bucket and until when.
func left(l judge.Left) string {
	if l.Problem != "" {
		return "unknown: " + l.Problem
	}
	parts := []string{fmt.Sprintf("%s of %s", count(l.Versions, "version"), humanize.IBytes(uint64(max(0, l.Bytes))))}
	if l.Versions == 0 {
		parts = []string{"no version"}
	}
	modes := make([]string, 0, len(l.Modes))
	for mode := range l.Modes {
		modes = append(modes, mode)
	}
	sort.Strings(modes)
	for _, mode := range modes {
		parts = append(parts, fmt.Sprintf("%s locked in %s mode", humanize.Comma(int64(l.Modes[mode])), mode))
	}
	if !l.First.IsZero() {
		parts = append(parts, "until "+span(l.First, l.Last))
	}
	more := func(n int, what string) {
		if n > 0 {
			parts = append(parts, humanize.Comma(int64(n))+" "+what)
		}
	}
	more(l.Unlocked, "without a retention")
	more(l.Unread, "with an unknown lock")
	more(l.Holds, "under a legal hold")
	more(l.Markers, "delete markers")
	more(l.Uploads, "unfinished uploads")
	return strings.Join(parts, ", ")
}

func span(first, last time.Time) string {
	const minute = "2006-01-02 15:04"
	if first.Format(minute) == last.Format(minute) {
		return first.Format(minute) + " UTC"
	}
	return first.Format(minute) + " to " + last.Format(minute) + " UTC"
}

// became describes how the program ended.
func became(c *judge.Command) string {
	text := fmt.Sprintf("%s exited with %d", c.Program, c.Exit)
	if c.Ended != "" {
		text = c.Program + " " + c.Ended
	}
	text += fmt.Sprintf(", after %.1f s", c.Seconds)
	if len(c.Left) > 0 {
		text += "; stopped the processes it left running: " + strings.Join(c.Left, ", ")
	}
	return text
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return humanize.Comma(int64(n)) + " " + what
}
