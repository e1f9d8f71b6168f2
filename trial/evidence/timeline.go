package evidence

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"datalock/trial"
)

// Measures of the drawing, in its own units.
const (
	drawWidth  = 960
	drawLeft   = 176
	drawRight  = 940
	laneHeight = 22
	runTop     = 46
)

// timeline draws the run and the retention: when each trial was made, and what
// became of the date until which the data is locked. Its colours are those of
// the page.
func timeline(s Subject) template.HTML {
	var b strings.Builder
	lanes := groupsOf(s.Trials)
	lockTop := runTop + len(lanes)*laneHeight + 70
	height := lockTop + 150
	if s.Retention.Days == 0 {
		height = lockTop - 40
	}
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="Time-line of the run and of the retention" xmlns="http://www.w3.org/2000/svg">`, drawWidth, height)
	drawRun(&b, lanes, s.Trials)
	if s.Retention.Days > 0 {
		drawLock(&b, s, lockTop)
	}
	b.WriteString("</svg>")
	// It holds numbers, dates and this file's words; all else is escaped.
	return template.HTML(b.String())
}

// drawRun has a lane for each group and a bar for each trial.
func drawRun(b *strings.Builder, lanes []group, trials []Trial) {
	first, last := span(trials)
	scale := func(t time.Time) float64 {
		return drawLeft + (drawRight-drawLeft)*t.Sub(first).Seconds()/max(last.Sub(first).Seconds(), 0.001)
	}
	fmt.Fprintf(b, `<text x="0" y="16" class="head">The run: %.1f seconds of attacks</text>`, last.Sub(first).Seconds())
	bottom := runTop + len(lanes)*laneHeight
	for i, lane := range lanes {
		y := runTop + i*laneHeight
		fmt.Fprintf(b, `<text x="%d" y="%d" class="lane">%s</text><line x1="%d" y1="%d" x2="%d" y2="%d" class="rule"/>`,
			0, y+13, lane.Name, drawLeft, y+laneHeight-2, drawRight, y+laneHeight-2)
		for _, t := range lane.Trials {
			if t.Status == trial.NotRun {
				continue
			}
			x := scale(t.Started)
			width := max((drawRight-drawLeft)*t.Took/max(last.Sub(first).Seconds(), 0.001), 2.5)
			fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="14" rx="2" class="%s"><title>%s: %s</title></rect>`,
				x, y+3, width, barClass(t.Status), template.HTMLEscapeString(t.Name), statusWord(t.Status))
		}
	}
	for i := range 5 {
		x := drawLeft + (drawRight-drawLeft)*float64(i)/4
		anchor := []string{"start", "middle", "middle", "middle", "end"}[i]
		fmt.Fprintf(b, `<text x="%.0f" y="%d" class="tick" text-anchor="%s">%.1f s</text>`, x, bottom+14, anchor, last.Sub(first).Seconds()*float64(i)/4)
	}
	fmt.Fprintf(b, `<text x="%d" y="36" class="tick">%s</text>`, drawLeft, first.UTC().Format("2006-01-02 15:04:05 UTC"))
}

func span(trials []Trial) (first, last time.Time) {
	for _, t := range trials {
		if t.Status == trial.NotRun {
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

func barClass(s trial.Status) string {
	if s == trial.Passed {
		return "bar ok"
	}
	if s.Bad() {
		return "bar bad"
	}
	return "bar other"
}

// drawLock has the locked time as a bar, and above it the dates to which the
// attacks tried to move its end.
func drawLock(b *strings.Builder, s Subject, top int) {
	written, _ := span(s.Trials)
	until := written.AddDate(0, 0, s.Retention.Days)
	from := written.AddDate(0, 0, -1)
	whole := until.Sub(from) * 21 / 20
	x := func(t time.Time) float64 {
		return drawLeft + (drawRight-drawLeft)*min(1, max(0, t.Sub(from).Seconds()/whole.Seconds()))
	}
	fmt.Fprintf(b, `<text x="0" y="%d" class="head">The retention: %s</text>`, top, lockText(s.Retention))
	y := top + 62
	fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="26" rx="3" class="lock"/>`, x(written), y, x(until)-x(written))
	fmt.Fprintf(b, `<text x="%.1f" y="%d" class="inlock">locked: no delete, no change, no earlier date</text>`, x(written)+10, y+18)
	fmt.Fprintf(b, `<text x="0" y="%d" class="lane">each version</text>`, y+18)
	fmt.Fprintf(b, `<text x="%.1f" y="%d" class="tick">written %s</text>`, x(written), y+44, written.Format(time.DateOnly))
	fmt.Fprintf(b, `<text x="%.1f" y="%d" class="tick" text-anchor="end">locked until %s</text>`, x(until), y+44, until.Format(time.DateOnly))
	for _, m := range movesOf(s.Trials) {
		class, word := "move no", "refused"
		if m.accepted > 0 {
			class, word = "move yes", "accepted"
		}
		at, down := x(m.day), y-8
		fmt.Fprintf(b, `<path d="M%.1f %d v-12" class="%s"/><circle cx="%.1f" cy="%d" r="5" class="%s"/>`, at, down, class, at, down-16, class)
		anchor := "start"
		if at > (drawLeft+drawRight)/2 {
			anchor = "end"
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%d" class="tick" text-anchor="%s"><tspan class="%s">%s</tspan> %s ×%d</text>`,
			at+map[string]float64{"start": 9, "end": -9}[anchor], down-12-m.row*15, anchor, class, word, m.day.Format(time.DateOnly), m.refused+m.accepted)
	}
}

// A dayMove sums up the attempts to move a retention to one day.
type dayMove struct {
	day               time.Time
	refused, accepted int
	row               int
}

// movesOf returns the days in order; neighbours get rows of their own, so that
// their words don't lie upon each other.
func movesOf(trials []Trial) []dayMove {
	days := map[string]*dayMove{}
	for _, t := range trials {
		if t.Group != trial.Retention {
			continue
		}
		for _, m := range t.Moves {
			// A second less counts as the day it is on.
			key := fmt.Sprint(m.To.UTC().Format(time.DateOnly), m.Accepted)
			if days[key] == nil {
				days[key] = &dayMove{day: m.To.UTC()}
			}
			if m.Accepted {
				days[key].accepted++
			} else {
				days[key].refused++
			}
		}
	}
	var list []dayMove
	for _, d := range days {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b dayMove) int { return a.day.Compare(b.day) })
	for i := 1; i < len(list); i++ {
		if list[i].day.Sub(list[i-1].day) < 5*24*time.Hour {
			list[i].row = list[i-1].row + 1
		}
	}
	return list
}
