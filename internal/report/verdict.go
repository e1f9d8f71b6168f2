package report

import (
	"fmt"
	"strings"

	"datalock/internal/prove"
)

// verdict returns the verdict of the whole run.
func (r *Report) verdict() prove.Status {
	verdict := prove.Held
	if r.Aborted != "" || len(r.Subjects) == 0 {
		verdict = prove.Inconclusive
	}
	for _, s := range r.Subjects {
		switch {
		case s.Counts.Breached > 0:
			return prove.Breached
		case s.Counts.Inconclusive > 0, s.Counts.Held == 0, s.Terraform != nil && len(s.Terraform.Changes) > 0:
			verdict = prove.Inconclusive
		}
	}
	return verdict
}

// Where describes the server of the run.
func (s Server) Where() string {
	switch s.Kind {
	case AWS:
		return "AWS"
	case Local:
		return "a local S3 server, not AWS"
	}
	return "the S3 server " + s.Endpoint + ", not AWS"
}

// where describes the server of all subjects.
func (r *Report) where() string {
	if len(r.Subjects) == 0 {
		return "no server"
	}
	return r.Subjects[0].Server.Where()
}

// total adds up the counts of all subjects.
func (r *Report) total() Counts {
	var c Counts
	for _, s := range r.Subjects {
		c.Held, c.Breached = c.Held+s.Counts.Held, c.Breached+s.Counts.Breached
		c.Inconclusive, c.NotApplicable = c.Inconclusive+s.Counts.Inconclusive, c.NotApplicable+s.Counts.NotApplicable
		c.Controls, c.Succeeded = c.Controls+s.Counts.Controls, c.Succeeded+s.Counts.Succeeded
	}
	return c
}

// Headline is the report's first sentence: the verdict, and where the trials
// ran.
func (r *Report) Headline() string {
	c := r.total()
	switch {
	case r.Verdict == prove.Breached && r.Aborted != "":
		return fmt.Sprintf("Breached on %s, and the run did not finish: %d of %s.",
			r.where(), c.Breached, plural(c.apply(), "trial that ran", "trials that ran"))
	case r.Verdict == prove.Breached:
		return fmt.Sprintf("Breached on %s: %d of %s.",
			r.where(), c.Breached, plural(c.apply(), "trial that applies", "trials that apply"))
	case r.Aborted != "":
		return fmt.Sprintf("Inconclusive on %s: the run did not finish. This report covers the %s.",
			r.where(), plural(c.apply(), "trial that ran", "trials that ran"))
	case r.Verdict == prove.Inconclusive && c.Inconclusive > 0:
		return fmt.Sprintf("Inconclusive on %s: %d of %s could not be judged.",
			r.where(), c.Inconclusive, plural(c.apply(), "trial that applies", "trials that apply"))
	case r.Verdict == prove.Inconclusive && c.Held == 0:
		return fmt.Sprintf("Inconclusive on %s: no trial was judged.", r.where())
	case r.Verdict == prove.Inconclusive:
		return fmt.Sprintf("Inconclusive on %s: the trials held, but Terraform's second plan isn't empty.", r.where())
	}
	return fmt.Sprintf("Held on %s: all %s that apply.", r.where(), plural(c.Held, "trial", "trials"))
}

// apply is the number of trials that apply.
func (c Counts) apply() int { return c.Total() - c.NotApplicable }

// Line returns the counts as text.
func (c Counts) Line() string {
	text := fmt.Sprintf("%d held, %d breached, %d inconclusive, %d not applicable",
		c.Held, c.Breached, c.Inconclusive, c.NotApplicable)
	if c.Controls == 0 {
		return text + "; no controls ran"
	}
	return text + fmt.Sprintf("; %d of %d controls succeeded", c.Succeeded, c.Controls)
}

// advice says what to do about a verdict that isn't held.
func (r *Report) advice() []string {
	var list []string
	if r.Aborted != "" {
		list = append(list, "The run did not finish: "+r.Aborted)
	}
	for _, s := range r.Subjects {
		if t := s.Terraform; t != nil && len(t.Changes) > 0 {
			list = append(list, "The second plan isn't empty: "+strings.Join(t.Changes, ", ")+
				". The deployed resources differ from the declaration; fix that first.")
		}
	}
	c := r.total()
	if c.Breached > 0 {
		list = append(list, "Fix what the breached trials name, then run again. Objects already written stay as they are.")
	}
	if c.Inconclusive > 0 {
		list = append(list, "An inconclusive trial shows nothing. Fix the reason given, then run again.")
	}
	return list
}
