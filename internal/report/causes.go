package report

import "datalock/internal/prove"

// A cause is what several trials came to, told once.
type cause struct {
	Verdict prove.Status
	Found   string
	Trials  []string
	// Number is its place in the list, from 1.
	Number int
}

// manyTrials is from how many trials on their lines name the cause by its
// number.
const manyTrials = 3

// causesOf groups the trials of a verdict by what was found.
func causesOf(trials []Trial, verdict prove.Status) []cause {
	var list []cause
	at := map[string]int{}
	for _, t := range trials {
		if t.Verdict != verdict {
			continue
		}
		i, ok := at[t.Found]
		if !ok {
			i = len(list)
			at[t.Found] = i
			list = append(list, cause{Verdict: verdict, Found: t.Found, Number: i + 1})
		}
		list[i].Trials = append(list[i].Trials, t.Name)
	}
	return list
}

// allCauses are those of breaches, then of what is inconclusive, then of what
// doesn't apply, numbered through.
func allCauses(trials []Trial) []cause {
	var list []cause
	for _, verdict := range []prove.Status{prove.Breached, prove.Inconclusive, prove.NotApplicable} {
		list = append(list, causesOf(trials, verdict)...)
	}
	for i := range list {
		list[i].Number = i + 1
	}
	return list
}
