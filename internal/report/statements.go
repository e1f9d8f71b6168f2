package report

import (
	"cmp"
	"slices"

	"datalock/internal/prove"
	"datalock/settings"
)

// statementsOf lists, for each statement of the bucket policy, the trials that
// attacked it and were judged.
func statementsOf(g prove.Guards, mode string, trials []Trial) []Statement {
	list := []Statement{}
	for _, s := range g.Statements {
		one := Statement{Sid: s.Sid, Trials: []string{}}
		if len(s.Guards) == 0 {
			one.Untested = cmp.Or(s.Untested, "no trial tests it")
		}
		for _, t := range trials {
			if !slices.Contains(s.Guards, t.Guard) {
				continue
			}
			switch {
			case t.policyUnreached:
				one.Untested = "trial " + t.Name + " did not reach the policy"
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
			one.Untested = "the default retention is COMPLIANCE, which nothing bypasses: trials of the bypass test " +
				"the lock, and send each request without the bypass too"
		case one.Untested == "":
			one.Untested = "none of its trials ran"
		}
		list = append(list, one)
	}
	return list
}
