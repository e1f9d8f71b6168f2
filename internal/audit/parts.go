package audit

import (
	"errors"

	"datalock/internal/inspect"
)

// notApplicable is returned for a part that doesn't apply, with the reason.
type notApplicable struct{ why string }

func (n *notApplicable) Error() string { return n.why }

// part adds a part. look describes it, and may add findings.
func (a *auditor) part(name string, look func() (is string, err error)) {
	found := len(a.b.Findings)
	is, err := look()
	p := Part{Name: name, Status: OK, Is: is}
	var not *notApplicable
	switch {
	case errors.As(err, &not):
		p.Status, p.Reason = NotApplicable, not.why
	case err != nil:
		p.Status, p.Is, p.Reason = Unknown, "", inspect.Why(err)
	case len(a.b.Findings) > found:
		p.Status = Found
	}
	for i := found; i < len(a.b.Findings); i++ {
		a.b.Findings[i].Part = name
	}
	a.b.Parts = append(a.b.Parts, p)
}
