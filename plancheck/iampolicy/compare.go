package iampolicy

import (
	"fmt"
	"slices"
	"strings"
)

// A Loss is one way in which a policy guards less than it did.
type Loss struct {
	// Statement is the Sid of the statement at fault, or its number.
	Statement string
	// What says what is lost, as the end of a sentence.
	What string
	// Proven is true where the statement itself surely guards less, and false
	// where it could only not be shown that it guards as much.
	Proven bool
}

// Compare returns what the new policy guards less than the old one, in the
// order of their statements: denials that are gone or narrower, and
// permissions that are new or wider.
func Compare(before, after Document) []Loss {
	losses := shrunk(before.Statements, after.Statements, "Deny", denialLost)
	return append(losses, shrunk(after.Statements, before.Statements, "Allow", allowanceGained)...)
}

// An atom is a statement's effect on one action, one resource and one
// principal.
type atom struct{ action, resource, principal choice }

// A gap is an atom that nothing on the other side surely covers.
type gap struct {
	atom
	verdict answer
	why     string // the condition in the way, where one is
}

// shrunk looks for what one side has and the other side doesn't cover.
func shrunk(from, to []Statement, effect string, tell func(name string, gone bool, gaps []gap) Loss) []Loss {
	var losses []Loss
	for i, s := range from {
		if s.Effect != effect {
			continue
		}
		if gaps := s.gaps(to); len(gaps) > 0 {
			name := s.Sid
			if name == "" {
				name = fmt.Sprintf("number %d", i+1)
			}
			gone := s.Sid == "" || !slices.ContainsFunc(to, func(t Statement) bool { return t.Sid == s.Sid && t.Effect == effect })
			losses = append(losses, tell(name, gone, gaps))
		}
	}
	return losses
}

func (s Statement) parts() (action, resource, principal choice) {
	return choose(lower(s.Action), lower(s.NotAction)), choose(s.Resource, s.NotResource), choose(s.Principal, s.NotPrincipal)
}

// lower is for actions, which AWS matches in any case.
func lower(patterns []string) []string {
	all := make([]string, len(patterns))
	for i, p := range patterns {
		all[i] = lowerASCII(p)
	}
	return all
}

// lowerASCII changes A to Z alone. Unicode also folds the Kelvin sign into k
// and the long s into s, and no action or key of AWS has either.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func (s Statement) gaps(others []Statement) []gap {
	var gaps []gap
	actions, resources, principals := s.parts()
	for _, action := range actions.atoms() {
		for _, resource := range resources.atoms() {
			for _, principal := range principals.atoms() {
				if g := s.gap(atom{action, resource, principal}, others); g.verdict != yes {
					gaps = append(gaps, g)
				}
			}
		}
	}
	return gaps
}

// gap finds a statement that covers an atom. Where none does, the one of the
// same Sid is the one to speak of, if it reaches the atom but for its
// conditions.
func (s Statement) gap(a atom, others []Statement) gap {
	left := gap{atom: a}
	for _, other := range others {
		if other.Effect != s.Effect {
			continue
		}
		actions, resources, principals := other.parts()
		if !actions.covers(a.action) || !resources.covers(a.resource) || !coversPrincipal(principals, a.principal) {
			continue
		}
		verdict, why := implies(s.Condition, other.Condition)
		switch {
		case verdict == yes:
			return gap{atom: a, verdict: yes}
		case other.Sid != "" && other.Sid == s.Sid:
			left.verdict, left.why = verdict, why
		}
	}
	return left
}

// coversPrincipal compares principals, whose ids aren't patterns: only a "*"
// that stands alone is everybody.
func coversPrincipal(c, a choice) bool {
	everybody := !c.not && slices.Contains(c.patterns, "*")
	switch {
	case everybody:
		return true
	case c.not != a.not:
		return false
	case c.not:
		return !slices.ContainsFunc(c.patterns, func(p string) bool { return !slices.Contains(a.patterns, p) })
	}
	return slices.Contains(c.patterns, a.patterns[0])
}

func denialLost(name string, gone bool, gaps []gap) Loss {
	loss := Loss{Statement: name, Proven: slices.ContainsFunc(gaps, func(g gap) bool { return g.verdict == no })}
	g := first(gaps)
	switch {
	case gone && g.why == "":
		loss.What = "is gone, and nothing else surely denies " + g.String()
	case g.why == "":
		loss.What = "no longer denies " + g.String()
	case loss.Proven:
		loss.What = "denies " + g.String() + " in fewer cases, by its condition " + g.why
	default:
		loss.What = "can't be shown to deny " + g.String() + " as often, because of its condition " + g.why
	}
	return loss
}

func allowanceGained(name string, gone bool, gaps []gap) Loss {
	loss := Loss{Statement: name, Proven: slices.ContainsFunc(gaps, func(g gap) bool { return g.verdict == no })}
	g := first(gaps)
	switch {
	case gone:
		loss.What = "is new, and allows " + g.String()
	case g.why == "":
		loss.What = "now allows " + g.String()
	default:
		loss.What = "can't be shown to allow " + g.String() + " no more often than before"
	}
	return loss
}

// first returns the gap that says most: a proven one before one that isn't.
func first(gaps []gap) gap {
	if i := slices.IndexFunc(gaps, func(g gap) bool { return g.verdict == no }); i > 0 {
		return gaps[i]
	}
	return gaps[0]
}

func (a atom) String() string {
	text := a.action.String() + " on " + a.resource.String()
	if who := a.principal.String(); who != "*" {
		text += " to " + who
	}
	return text
}
