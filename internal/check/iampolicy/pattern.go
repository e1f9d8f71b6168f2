package iampolicy

import (
	"regexp"
	"slices"
	"strings"
)

// variables matches policy variables, such as ${aws:username}, which stand for any
// text, and one that doesn't end.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
var variables = regexp.MustCompile(`\$\{[^}]*(\}|$)`)

// anyText writes a star for each policy variable of a pattern.
func anyText(pattern string) string {
	if !strings.Contains(pattern, "${") {
		return pattern
	}
	return variables.ReplaceAllString(pattern, "*")
}

// includes reports whether the wide pattern matches everything that the narrow
// one does; '*' matches any characters and '?' one. A policy variable in the narrow
// pattern may stand for any text; one in the wide pattern surely matches only itself.
// It can be wrong only with false.
func includes(wide, narrow string) bool {
	if wide == narrow {
		return true
	}
	if strings.Contains(wide, "${") {
		return false
	}
	narrow = anyText(narrow)
	// A star of the narrow pattern needs a star of the wide one.
	w, n, star, retry := 0, 0, -1, 0
	for n < len(narrow) {
		switch {
		case w < len(wide) && wide[w] == '*':
			star, retry = w, n
			w++
		case w < len(wide) && narrow[n] != '*' && (wide[w] == '?' || wide[w] == narrow[n]):
			w, n = w+1, n+1
		case star >= 0:
			retry++
			w, n = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(wide[w:], "*") == ""
}

// includesResource compares patterns of resources, segment by segment like
// ARNs, except for a lone star.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func includesResource(wide, narrow string) bool {
	return wide == "*" || includesARN(wide, narrow)
}

// meets reports whether two patterns may match the same text.
func meets(a, b string) bool {
	a, b = anyText(a), anyText(b)
	if !strings.ContainsAny(a, "*?") {
		return includes(b, a)
	}
	if !strings.ContainsAny(b, "*?") {
		return includes(a, b)
	}
	// Two patterns surely differ only by what comes before their first and after
	// their last wildcard.
	before := func(p string) string { return p[:strings.IndexAny(p, "*?")] }
	behind := func(p string) string { return p[strings.LastIndexAny(p, "*?")+1:] }
	x, y := before(a), before(b)
	v, w := behind(a), behind(b)
	return (strings.HasPrefix(x, y) || strings.HasPrefix(y, x)) && (strings.HasSuffix(v, w) || strings.HasSuffix(w, v))
}

// A choice is the actions, resources or principals of a statement. With not it
// is everything but the patterns.
type choice struct {
	patterns []string
	not      bool
}

func choose(patterns, except []string) choice {
	if len(except) > 0 {
		return choice{except, true}
	}
	return choice{patterns, false}
}

// atoms splits a choice into the smallest ones that are compared.
func (c choice) atoms() []choice {
	if c.not {
		return []choice{c}
	}
	atoms := make([]choice, len(c.patterns))
	for i, p := range c.patterns {
		atoms[i] = choice{[]string{p}, false}
	}
	return atoms
}

// covers reports whether the choice surely includes all of an atom. includes
// compares two patterns.
func (c choice) covers(atom choice, includes func(wide, narrow string) bool) bool {
	some := func(p string) bool {
		return slices.ContainsFunc(c.patterns, func(own string) bool { return includes(own, p) })
	}
	switch {
	case !c.not && !atom.not:
		return some(atom.patterns[0])
	case !c.not: // everything but the atom's exceptions
		return some("*")
	case atom.not: // each exception must be one of the atom too
		return !slices.ContainsFunc(c.patterns, func(except string) bool {
			return !slices.ContainsFunc(atom.patterns, func(p string) bool { return includes(p, except) })
		})
	default:
		return !slices.ContainsFunc(c.patterns, func(except string) bool { return meets(except, atom.patterns[0]) })
	}
}

func (c choice) String() string {
	text := strings.Join(c.patterns, ", ")
	if c.not {
		return "all but " + text
	}
	return text
}
