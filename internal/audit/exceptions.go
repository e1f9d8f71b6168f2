package audit

import (
	"slices"
	"time"

	"datalock/settings"
)

// allows reports whether an exception is about a finding of the bucket.
func (b *Bucket) allows(e settings.Exception, f Finding) bool {
	return e.Covers(f.Rule, f.Address, b.Stack)
}

// end moves the findings that exceptions allow to Excepted. A part without other
// findings is excepted then.
func (b *Bucket) end(exceptions []settings.Exception, now time.Time) {
	kept := []Finding{}
	for _, f := range b.Findings {
		i := slices.IndexFunc(exceptions, func(e settings.Exception) bool { return b.allows(e, f) && !e.Expired(now) })
		if i < 0 {
			kept = append(kept, f)
			continue
		}
		f.Exception = exceptions[i].Reason
		b.Excepted = append(b.Excepted, f)
	}
	b.Findings = kept
	for i, p := range b.Parts {
		of := func(f Finding) bool { return f.Part == p.Name }
		if p.Status == Found && !slices.ContainsFunc(kept, of) {
			b.Parts[i].Status = Excepted
		}
	}
}

// Check notes the exceptions that have expired, and those that weren't needed if
// all says that all stacks were audited, with their versions. Of the rules that
// datalock check has too, a plan may need the exception; check says so.
func (r *Report) Check(exceptions []settings.Exception, all bool) {
	all = all && !slices.ContainsFunc(r.Buckets, func(b Bucket) bool { return b.Failed != "" || len(b.Unknown()) > 0 })
	r.Notes = []string{}
	for _, e := range exceptions {
		found := slices.ContainsFunc(r.Buckets, func(b Bucket) bool {
			is := func(f Finding) bool { return b.allows(e, f) }
			return slices.ContainsFunc(b.Findings, is) || slices.ContainsFunc(b.Excepted, is)
		})
		name := "the " + e.String()
		switch {
		case e.Expired(r.Ended) && (found || e.OnlyAudit()):
			r.Notes = append(r.Notes, name+" expired on "+e.Until+"; remove it")
		case all && !found && e.OnlyAudit():
			r.Notes = append(r.Notes, name+" was not needed; remove it")
		}
	}
}
