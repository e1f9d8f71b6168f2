package iampolicy

import (
	"fmt"
	"slices"
	"strings"
)

// A Loss is one way in which a policy guards less than it did.
type Loss struct {
	// Statement is the Sid of the statement, or its number.
	Statement string
	// What says what is lost, as the end of a sentence.
	What string
	// Proven is true if the statement guards less, and false if that could
	// neither be proved nor ruled out.
	Proven bool
}

// Compare returns where the new policy guards less than the old one, in the
// order of the statements: denials that are removed or narrower, and permissions
// that are new or wider.
func Compare(before, after Document) []Loss {
	losses := shrunk(before.Statements, after.Statements, "Deny", denialLost)
	return append(losses, shrunk(after.Statements, before.Statements, "Allow", allowanceGained)...)
}

// An atom is a statement's effect on one action, one resource and one
// principal.
type atom struct{ action, resource, principal choice }

// A gap is an atom that no statement of the other side is known to cover.
type gap struct {
	atom
	verdict answer
	why     string // the condition in the way, where one is
}

// shrunk returns a loss for each statement of one side that the other side
// doesn't cover.
func shrunk(from, to []Statement, effect string, tell func(name string, gone bool, gaps []gap) Loss) []Loss {
	var losses []Loss
	for i, s := range from {
		if s.Effect != effect {
			continue
		}
		if gaps := s.gaps(to); len(gaps) > 0 {
			name := s.name(i)
			same := func(t Statement) bool { return t.Sid == s.Sid && t.Effect == effect }
			gone := s.Sid == "" || !slices.ContainsFunc(to, same)
			losses = append(losses, tell(name, gone, gaps))
		}
	}
	return losses
}

func (s Statement) parts() (action, resource, principal choice) {
	return s.actions(), choose(s.Resource, s.NotResource), choose(s.Principal, s.NotPrincipal)
}

func (s Statement) actions() choice { return choose(lower(s.Action), lower(s.NotAction)) }

// numbered names a statement that has no Sid.
func numbered(index int) string { return fmt.Sprintf("number %d", index+1) }

// lower returns actions in lower case: AWS ignores the case of actions.
func lower(patterns []string) []string {
	all := make([]string, len(patterns))
	for i, p := range patterns {
		all[i] = lowerASCII(p)
	}
	return all
}

// lowerASCII changes only A to Z. Unicode folding would also turn the Kelvin
// sign into k and the long s into s.
func lowerASCII(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' }) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// A counterpart is a statement of the other side, with what it covers of each
// action, resource and principal of this statement. Patterns and conditions are
// compared once, because there are far more atoms than parts.
type counterpart struct {
	sid                            string
	actions, resources, principals []bool
	verdict                        answer
	why                            string
}

func (s Statement) gaps(others []Statement) []gap {
	actions, resources, principals := s.parts()
	as, rs, ps := actions.atoms(), resources.atoms(), principals.atoms()
	var counterparts []counterpart
	for _, other := range others {
		if other.Effect != s.Effect {
			continue
		}
		a, r, p := other.parts()
		c := counterpart{
			sid:        other.Sid,
			actions:    each(as, func(atom choice) bool { return a.covers(atom, includes) }),
			resources:  each(rs, func(atom choice) bool { return r.covers(atom, includesResource) }),
			principals: each(ps, func(atom choice) bool { return coversPrincipal(p, atom) }),
		}
		c.verdict, c.why = implies(s.Condition, other.Condition)
		counterparts = append(counterparts, c)
	}
	var gaps []gap
	for i, action := range as {
		for j, resource := range rs {
			for k, principal := range ps {
				g := gap{atom: atom{action, resource, principal}}
				if g.close(s.Sid, counterparts, i, j, k); g.verdict != yes {
					gaps = append(gaps, g)
				}
			}
		}
	}
	return gaps
}

func each(atoms []choice, covered func(choice) bool) []bool {
	all := make([]bool, len(atoms))
	for i, atom := range atoms {
		all[i] = covered(atom)
	}
	return all
}

// close looks for a statement that covers an atom. If none does, the gap names
// the statement with the same Sid, if only its conditions don't cover the atom.
func (g *gap) close(sid string, counterparts []counterpart, action, resource, principal int) {
	for _, c := range counterparts {
		switch {
		case !c.actions[action] || !c.resources[resource] || !c.principals[principal]:
		case c.verdict == yes:
			g.verdict, g.why = yes, ""
			return
		case sid != "" && c.sid == sid:
			g.verdict, g.why = c.verdict, c.why
		}
	}
}

// coversPrincipal compares principals, which aren't patterns: only a lone "*"
// means everybody.
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

// first returns the first proven gap, or else the first gap.
func first(gaps []gap) gap {
	return gaps[max(0, slices.IndexFunc(gaps, func(g gap) bool { return g.verdict == no }))]
}

func (a atom) String() string {
	text := a.action.String() + " on " + a.resource.String()
	if who := a.principal.String(); who != "*" {
		text += " to " + who
	}
	return text
}
