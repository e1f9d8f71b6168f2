package iampolicy

import "slices"

// Stopped returns where the new policy lets less be done than the old one, in the
// order of the statements: permissions that are removed or narrower, and denials
// that are new or wider.
func Stopped(before, after Document) []Loss {
	losses := shrunk(before.Statements, after.Statements, "Allow", permissionLost)
	return append(losses, shrunk(after.Statements, before.Statements, "Deny", denialGained)...)
}

func permissionLost(name string, gone bool, gaps []gap) Loss {
	loss := Loss{Statement: name, Proven: slices.ContainsFunc(gaps, func(g gap) bool { return g.verdict == no })}
	switch g := first(gaps); {
	case gone && g.why == "":
		loss.What = "is gone, and nothing else surely allows " + g.String()
	case g.why == "":
		loss.What = "no longer allows " + g.String()
	default:
		loss.What = "can't be shown to allow " + g.String() + " as often, because of its condition " + g.why
	}
	return loss
}

func denialGained(name string, gone bool, gaps []gap) Loss {
	loss := Loss{Statement: name, Proven: slices.ContainsFunc(gaps, func(g gap) bool { return g.verdict == no })}
	switch g := first(gaps); {
	case gone:
		loss.What = "is new, and denies " + g.String()
	case g.why == "":
		loss.What = "now denies " + g.String()
	default:
		loss.What = "can't be shown to deny " + g.String() + " no more often than before"
	}
	return loss
}
