package iampolicy

import "slices"

// MayDeny returns the names of the statements that may deny something that a
// statement allows, except for denials that the declared policy has too. Their
// conditions aren't judged: a denial with a condition may deny.
func (d Document) MayDeny(allowed Statement, declared Document) []string {
	var names []string
	known := declared.Only("Deny")
	for i, s := range d.Statements {
		one := Document{Version: d.Version, Statements: []Statement{s}}
		if s.Effect == "Deny" && s.mayMatch(allowed) && len(Compare(one, known)) > 0 {
			names = append(names, s.name(i))
		}
	}
	return names
}

// Only returns the document with its statements of one effect, Allow or Deny.
func (d Document) Only(effect string) Document {
	is := Document{Version: d.Version}
	for _, s := range d.Statements {
		if s.Effect == effect {
			is.Statements = append(is.Statements, s)
		}
	}
	return is
}

// mayMatch reports whether two statements may be about the same request,
// conditions aside.
func (s Statement) mayMatch(other Statement) bool {
	action, resource, principal := s.parts()
	otherAction, otherResource, otherPrincipal := other.parts()
	return action.mayMatch(otherAction, includes, meets) && resource.mayMatch(otherResource, includesResource, meets) &&
		principal.mayMatch(otherPrincipal, includesPrincipal, samePrincipal)
}

// samePrincipal reports whether a principal of a statement may be another one.
func samePrincipal(a, b string) bool { return includesPrincipal(a, b) || includesPrincipal(b, a) }

// includesPrincipal reports whether a principal of a statement is another one, or
// everybody. "AWS": "*" is everybody, services too.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func includesPrincipal(wide, narrow string) bool {
	return wide == narrow || wide == "*" || wide == "AWS:*"
}

// mayMatch reports whether two choices may have something in common.
func (c choice) mayMatch(other choice, includes, meets func(a, b string) bool) bool {
	if c.not && other.not {
		return true
	}
	if c.not {
		c, other = other, c
	}
	if len(c.patterns) == 0 {
		return len(other.patterns) == 0 || other.not
	}
	return slices.ContainsFunc(c.patterns, func(pattern string) bool {
		if other.not {
			return !slices.ContainsFunc(other.patterns, func(except string) bool { return includes(except, pattern) })
		}
		return slices.ContainsFunc(other.patterns, func(o string) bool { return meets(o, pattern) })
	})
}
