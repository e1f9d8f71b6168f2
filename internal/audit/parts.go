package audit

import (
	"errors"

	"datalock/internal/inspect"
)

// notApplicable says why a part can't be there.
type notApplicable struct{ why string }

func (n *notApplicable) Error() string { return n.why }

// part adds a part: look returns what there is, in words, and may find
// something.
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
