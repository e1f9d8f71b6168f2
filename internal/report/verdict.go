package report

import (
	"fmt"
	"strings"

	"datalock/internal/prove"
)

// verdict judges the whole run.
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

// Where says on what the run was.
func (s Server) Where() string {
	switch s.Kind {
	case AWS:
		return "AWS"
	case Local:
		return "a local S3 server, not AWS"
	}
	return "the S3 server " + s.Endpoint + ", not AWS"
}

// where says it of all subjects.
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

// Headline is the report's first sentence: the verdict, and where it ran.
func (r *Report) Headline() string {
	c := r.total()
	switch {
	case r.Verdict == prove.Breached && r.Aborted != "":
		return fmt.Sprintf("Breached, and aborted, on %s: %d of the %d trials that were done.", r.where(), c.Breached, c.apply())
	case r.Verdict == prove.Breached:
		return fmt.Sprintf("Breached on %s: %d of %s.", r.where(), c.Breached, plural(c.apply(), "trial that applies", "trials that apply"))
	case r.Aborted != "":
		return fmt.Sprintf("Aborted on %s, so inconclusive: this report is of the %s.", r.where(), plural(c.apply(), "trial that was done", "trials that were done"))
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

// Line says the counts.
func (c Counts) Line() string {
	text := fmt.Sprintf("%d held, %d breached, %d inconclusive, %d not applicable", c.Held, c.Breached, c.Inconclusive, c.NotApplicable)
	if c.Controls == 0 {
		return text + "; no controls were tried"
	}
	return text + fmt.Sprintf("; %d of %d controls succeeded", c.Succeeded, c.Controls)
}

// advice says what to do about a verdict that isn't held.
func (r *Report) advice() []string {
	var list []string
	if r.Aborted != "" {
		list = append(list, "The run did not come to its end: "+r.Aborted)
	}
	for _, s := range r.Subjects {
		if t := s.Terraform; t != nil && len(t.Changes) > 0 {
			list = append(list, "The second plan isn't empty: "+strings.Join(t.Changes, ", ")+
				". What was deployed doesn't stay as it is declared; fix that first.")
		}
	}
	c := r.total()
	if c.Breached > 0 {
		list = append(list, "Fix what the breached trials name, then run it again. Objects that were written stay as they are.")
	}
	if c.Inconclusive > 0 {
		list = append(list, "An inconclusive trial shows nothing. Fix what its reason names, then run it again.")
	}
	return list
}
