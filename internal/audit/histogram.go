package audit

import (
	"maps"
	"slices"
	"time"
)

// A Histogram has the number of locks that end in each span of time.
type Histogram struct {
	// Unit is day, month or year.
	Unit string `json:"unit,omitempty"`
	Bars []Bar  `json:"bars"`
}

// A Bar is one span of time, from From until before To, in UTC.
type Bar struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Versions int64     `json:"versions"`
	Bytes    int64     `json:"bytes"`
}

// Label names the span.
func (b Bar) Label(unit string) string {
	switch unit {
	case "month":
		return b.From.Format("2006-01")
	case "year":
		return b.From.Format("2006")
	}
	return b.From.Format(time.DateOnly)
}

type day struct{ versions, bytes int64 }

// mostBars is the limit of bars, above which a longer unit is used.
const mostBars = 36

// histogram groups days into at most mostBars bars, or into years. Empty spans
// are bars too, so that time is to scale.
func histogram(days map[int64]*day) Histogram {
	h := Histogram{Bars: []Bar{}}
	if len(days) == 0 {
		return h
	}
	keys := slices.Sorted(maps.Keys(days))
	at := func(key int64) time.Time { return time.Unix(key*24*60*60, 0).UTC() }
	first, last := at(keys[0]), at(keys[len(keys)-1])
	for _, unit := range []string{"day", "month", "year"} {
		h.Unit, h.Bars = unit, []Bar{}
		for from := begin(unit, first); !from.After(last); from = next(unit, from) {
			h.Bars = append(h.Bars, Bar{From: from, To: next(unit, from)})
			if len(h.Bars) > mostBars && unit != "year" {
				break
			}
		}
		if len(h.Bars) <= mostBars {
			break
		}
	}
	i := 0
	for _, key := range keys {
		for !at(key).Before(h.Bars[i].To) {
			i++
		}
		h.Bars[i].Versions += days[key].versions
		h.Bars[i].Bytes += days[key].bytes
	}
	return h
}

// begin returns the start of the span with a day.
func begin(unit string, t time.Time) time.Time {
	switch unit {
	case "month":
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case "year":
		return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

func next(unit string, t time.Time) time.Time {
	switch unit {
	case "month":
		return t.AddDate(0, 1, 0)
	case "year":
		return t.AddDate(1, 0, 0)
	}
	return t.AddDate(0, 0, 1)
}
