package report

import (
	"fmt"
	"strings"

	"datalock/internal/prove"
)

// Text returns the report for a terminal: the verdict, each cause once, and
// what to do.
func Text(r *Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", oneLine(r.Headline()))
	for _, s := range r.Subjects {
		fmt.Fprintf(&b, "%s: %s\n", oneLine(heading(s)), s.Counts.Line())
		for _, c := range allCauses(s.Trials) {
			if c.Verdict == prove.NotApplicable {
				continue
			}
			fmt.Fprintf(&b, "  %s: %s\n    %s\n", verdictWord(c.Verdict), oneLine(c.Found), oneLine(trialsText(c.Trials)))
		}
		for _, d := range deviationsOf(s.Trials) {
			fmt.Fprintf(&b, "  note: %s\n", oneLine(d))
		}
		if text := clockText(s); text != "" {
			fmt.Fprintf(&b, "  note: %s\n", text)
		}
		if !s.Left.Removed {
			fmt.Fprintf(&b, "  left behind: %s\n", oneLine(leftText(s.Left)))
		}
	}
	for _, line := range r.advice() {
		fmt.Fprintf(&b, "%s\n", oneLine(line))
	}
	return b.String()
}

// shownTrials is how many trial names fit on a line.
const shownTrials = 6

func trialsText(names []string) string {
	if len(names) <= shownTrials {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shownTrials], ", "), len(names)-shownTrials)
}

// oneLine reduces text, which may come from a server, to one line for a
// terminal.
func oneLine(text string) string {
	isSpace := func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0x9b }
	return strings.Join(strings.FieldsFunc(text, isSpace), " ")
}
