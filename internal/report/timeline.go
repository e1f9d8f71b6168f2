package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"datalock/internal/prove"
)

// Measures of the drawing, in its own units.
const (
	drawWidth  = 960
	drawLeft   = 176
	drawRight  = 940
	laneHeight = 22
	runTop     = 46
)

// timeline draws the run and the retention: when each trial ran, and the dates
// to which attacks tried to move the end of the lock. Its colours come from the
// page's style.
func timeline(s Subject) template.HTML {
	var b strings.Builder
	lanes := groupsOf(s.Trials)
	lockTop := runTop + len(lanes)*laneHeight + 70
	height := lockTop + 112
	if s.Retention.Days == 0 || len(lanes) == 0 {
		height = lockTop - 40
	}
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="Timeline of the run and of the retention" `+
		`xmlns="http://www.w3.org/2000/svg">`, drawWidth, height)
	drawRun(&b, lanes, s.Trials)
	if s.Retention.Days > 0 && len(lanes) > 0 {
		drawLock(&b, s, lockTop)
	}
	b.WriteString("</svg>")
	// It contains numbers, dates and this file's words; the rest is escaped.
	return template.HTML(b.String())
}

// drawRun draws a lane for each group and a bar for each trial.
func drawRun(b *strings.Builder, lanes []group, trials []Trial) {
	first, last := span(trials)
	scale := func(t time.Time) float64 {
		return drawLeft + (drawRight-drawLeft)*t.Sub(first).Seconds()/max(last.Sub(first).Seconds(), 0.001)
	}
	fmt.Fprintf(b, `<text x="0" y="16" class="head">The run: %.1f seconds</text>`, last.Sub(first).Seconds())
	bottom := runTop + len(lanes)*laneHeight
	for i, lane := range lanes {
		y := runTop + i*laneHeight
		fmt.Fprintf(b, `<text x="%d" y="%d" class="lane">%s</text><line x1="%d" y1="%d" x2="%d" y2="%d" class="rule"/>`,
			0, y+13, template.HTMLEscapeString(string(lane.Name)), drawLeft, y+laneHeight-2, drawRight, y+laneHeight-2)
		for _, t := range lane.Trials {
			if t.Verdict == prove.NotApplicable {
				continue
			}
			x := scale(t.Started)
			width := max((drawRight-drawLeft)*t.Took/max(last.Sub(first).Seconds(), 0.001), 2.5)
			fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="14" rx="2" class="bar %s">`+
				`<title>%s: %s</title></rect>`,
				x, y+3, width, verdictClass(t.Verdict), template.HTMLEscapeString(t.Name), verdictWord(t.Verdict))
		}
	}
	for i := range 5 {
		x := drawLeft + (drawRight-drawLeft)*float64(i)/4
		anchor := []string{"start", "middle", "middle", "middle", "end"}[i]
		fmt.Fprintf(b, `<text x="%.0f" y="%d" class="tick" text-anchor="%s">%.1f s</text>`,
			x, bottom+14, anchor, last.Sub(first).Seconds()*float64(i)/4)
	}
	fmt.Fprintf(b, `<text x="%d" y="36" class="tick">%s</text>`, drawLeft, first.UTC().Format("2006-01-02 15:04:05 UTC"))
}

func span(trials []Trial) (first, last time.Time) {
	for _, t := range trials {
		if t.Verdict == prove.NotApplicable {
			continue
		}
		end := t.Started.Add(time.Duration(t.Took * float64(time.Second)))
		if first.IsZero() || t.Started.Before(first) {
			first = t.Started
		}
		if end.After(last) {
			last = end
		}
	}
	return first, last
}

// drawLock draws the locked time as a bar, and above it the dates to which
// attacks tried to move its end.
func drawLock(b *strings.Builder, s Subject, top int) {
	written, _ := span(s.Trials)
	until := written.AddDate(0, 0, s.Retention.Days)
	from := written.AddDate(0, 0, -1)
	whole := until.Sub(from) * 21 / 20
	x := func(t time.Time) float64 {
		return drawLeft + (drawRight-drawLeft)*min(1, max(0, t.Sub(from).Seconds()/whole.Seconds()))
	}
	fmt.Fprintf(b, `<text x="0" y="%d" class="head">The retention: %s</text>`,
		top, template.HTMLEscapeString(lockText(s.Retention)))
	y := top + 62
	fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="26" rx="3" class="lock"/>`,
		x(written), y, x(until)-x(written))
	fmt.Fprintf(b, `<text x="%.1f" y="%d" class="inlock">locked by default</text>`, x(written)+10, y+18)
	fmt.Fprintf(b, `<text x="0" y="%d" class="lane">each version</text>`, y+18)
	fmt.Fprintf(b, `<text x="%.1f" y="%d" class="tick">written %s</text>`,
		x(written), y+44, written.Format(time.DateOnly))
	fmt.Fprintf(b, `<text x="%.1f" y="%d" class="tick" text-anchor="end">locked until %s</text>`,
		x(until), y+44, until.Format(time.DateOnly))
	for _, m := range movesOf(s.Trials, written.Add(until.Sub(written)/2)) {
		drawMove(b, m, x(m.day), y-8)
	}
}

// drawMove draws a pin at the date, with its label on the right in the first
// half and on the left in the second.
func drawMove(b *strings.Builder, m dayMove, x float64, foot int) {
	class, word, anchor, words := "move refused", "refused", "start", x+10
	if m.accepted {
		class, word = "move accepted", "accepted"
	}
	if m.late {
		anchor, words = "end", x-10
	}
	head := foot - 14 - m.row*17
	fmt.Fprintf(b, `<path d="M%.1f %dV%d" class="%s"/><circle cx="%.1f" cy="%d" r="5" class="%s"/>`,
		x, foot, head+5, class, x, head, class)
	fmt.Fprintf(b, `<text x="%.1f" y="%d" class="tick" text-anchor="%s">`+
		`<tspan class="%s">%s</tspan> to %s, ×%d</text>`,
		words, head+4, anchor, class, word, m.day.Format(time.DateOnly), m.times)
}

// A dayMove counts the attempts to move a retention to one day.
type dayMove struct {
	day      time.Time
	accepted bool
	times    int
	// late says that the day is in the second half of the retention; row is the
	// height of its label.
	late bool
	row  int
}

// movesOf returns the days in order. Each gets its own row, so that no label
// overlaps another pin: those farther from the middle are higher.
func movesOf(trials []Trial, middle time.Time) []dayMove {
	days := map[string]*dayMove{}
	for _, t := range trials {
		if t.Group != prove.Retention {
			continue
		}
		for _, m := range t.Moves {
			// One second less is still the same day.
			key := fmt.Sprint(m.To.UTC().Format(time.DateOnly), m.Accepted)
			if days[key] == nil {
				days[key] = &dayMove{day: m.To.UTC(), accepted: m.Accepted, late: m.To.After(middle)}
			}
			days[key].times++
		}
	}
	var list []dayMove
	for _, d := range days {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b dayMove) int { return a.day.Compare(b.day) })
	for i := range list {
		for _, other := range list {
			late := list[i].late
			if other.late == late && (late && other.day.Before(list[i].day) || !late && other.day.After(list[i].day)) {
				list[i].row++
			}
		}
	}
	return list
}
