package report

import "datalock/internal/prove"

// A cause is a finding that one or more trials share.
type cause struct {
	Verdict prove.Status
	Found   string
	Trials  []string
	// Number is its position in the list, from 1.
	Number int
}

// manyTrials is the number of trials from which their rows show the cause's
// number instead of its text.
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

// allCauses lists the causes of breached trials, then of inconclusive ones,
// then of those that don't apply, numbered from 1.
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
