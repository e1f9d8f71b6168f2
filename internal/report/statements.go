package report

import (
	"slices"

	"datalock/internal/prove"
	"datalock/settings"
)

// statementsOf says of each statement of the bucket policy which trials
// attacked it and were judged.
func statementsOf(g prove.Guards, mode string, trials []Trial) []Statement {
	list := []Statement{}
	for _, s := range g.Statements {
		one := Statement{Sid: s.Sid, Trials: []string{}}
		if len(s.Guards) == 0 {
			one.Untested = "there is no trial for it"
		}
		for _, t := range trials {
			if !slices.Contains(s.Guards, t.Guard) {
				continue
			}
			switch {
			case t.policyUnreached:
				one.Untested = "trial " + t.Name + " did not get as far as the policy"
			case t.Verdict == prove.Held, t.Verdict == prove.Breached:
				one.Trials = append(one.Trials, t.Name)
				one.Uncontrolled = one.Uncontrolled || t.Verdict == prove.Held && !t.Control.Succeeded
			case one.Untested == "":
				one.Untested = "trial " + t.Name + ": " + t.Found
			}
		}
		switch {
		case len(one.Trials) > 0:
			one.Untested = ""
		case one.Untested == "" && slices.Contains(s.Guards, prove.NoBypass) && mode == string(settings.Compliance):
			one.Untested = "the default retention is COMPLIANCE, which nothing bypasses: trials of the bypass attack the lock"
		case one.Untested == "":
			one.Untested = "no trial of it ran"
		}
		list = append(list, one)
	}
	return list
}
