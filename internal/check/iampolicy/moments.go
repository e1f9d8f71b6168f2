package iampolicy

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// A denial counts if it lasts for ten years from 2026 on or later, or begins some
// day and doesn't end. It is the same whenever a policy is judged.
var firstDay = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const longTime = 10 * 365 * 24 * time.Hour

// timeIn returns a time in seconds since 1970: one of ISO 8601, or such a number.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
func timeIn(text string) (float64, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.UnixMilli()) / 1000, true
		}
	}
	return numberIn(text)
}

// plain matches the numbers that AWS and Go surely read alike.
var plain = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,15})?$`)

func numberIn(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && plain.MatchString(text)
}

// A span is a time in which no condition on the time changes. to is 0 if it has no
// end.
type span struct{ from, to float64 }

// spans returns the spans between some times, from the first day on.
func spans(times []float64) []span {
	start := float64(firstDay.Unix())
	times = slices.DeleteFunc(slices.Clone(times), func(t float64) bool { return t <= start })
	slices.Sort(times)
	var all []span
	for _, t := range slices.Compact(times) {
		all = append(all, span{start, t})
		start = t
	}
	return append(all, span{from: start})
}

func (u uses) ofTimes() bool { return slices.ContainsFunc(slices.Collect(maps.Keys(u)), ofTime) }

func ofTime(key string) bool { return key == currentTime || key == epochTime || key == tokenIssueTime }

// times returns the times in conditions.
func (u uses) times() []float64 {
	var all []float64
	for _, text := range u.values(currentTime, epochTime, tokenIssueTime) {
		if t, is := timeIn(text); is {
			all = append(all, t)
		}
	}
	return all
}

// moments returns the keys of the time of a request in a span. The credentials of
// a role are about as old as the request, those of a user may be of any age.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-tokenissuetime
func (r Request) moments(s span) []way {
	with := s.facts()
	if typeOf(r.Principal) != "User" {
		return []way{with}
	}
	return []way{with.with(tokenIssueTime, fact{absent: true}), with}
}

// facts returns the keys of the time of a request in a span.
func (s span) facts() way {
	at := s.from + 0.001
	date := fact{value: time.UnixMilli(int64(at * 1000)).UTC().Format(time.RFC3339Nano), around: true}
	number := fact{value: strconv.FormatFloat(at, 'f', -1, 64), around: true}
	return way{currentTime: date, epochTime: number, tokenIssueTime: date}
}

// longEnough reports whether spans that follow each other are a long time.
func longEnough(first, last span) bool {
	return last.to == 0 || last.to-first.from >= longTime.Seconds()
}
