package check

import (
	"fmt"
	"slices"
	"strings"
)

// scopes are patterns of the addresses that are judged; '*' matches any
// characters. The address of a module or resource includes everything below it,
// as with terraform plan -target.
type scopes []string

// of returns the pattern that matches a resource or its bucket or key, or "".
func (patterns scopes) of(r *resource) string {
	for _, pattern := range patterns {
		for _, own := range []*resource{r, r.bucket, r.key} {
			if own != nil && (covers(pattern, own.address) || own.previous != "" && covers(pattern, own.previous)) {
				return pattern
			}
		}
	}
	return ""
}

// covers reports whether a pattern matches an address or something that
// contains it.
func covers(pattern, address string) bool {
	return matches(pattern, address) || matches(pattern+".*", address) || matches(pattern+"[*", address)
}

// matches reports whether text matches a pattern, in which '*' matches any
// characters.
func matches(pattern, text string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	for text = text[len(head):]; ; text = text[1:] {
		if matches(rest, text) {
			return true
		}
		if text == "" {
			return false
		}
	}
}

// only drops the resources out of scope and returns their addresses, and the
// patterns that match. It is an error if nothing is left to judge: the pattern
// is probably mistyped.
func (s *Subject) only(patterns scopes) (leftOut, used []string, err error) {
	leftOut = []string{}
	if len(patterns) == 0 {
		return leftOut, nil, nil
	}
	before := len(s.resources)
	inScope := map[*resource]bool{}
	for _, r := range s.resources {
		if pattern := patterns.of(r); pattern != "" {
			inScope[r] = true
			used = append(used, pattern)
		} else {
			leftOut = append(leftOut, Printable(r.address))
		}
	}
	s.keep(func(r *resource) bool { return inScope[r] })
	outOfScope := func(address string) bool {
		return patterns.of(&resource{address: address}) == ""
	}
	s.removed, s.actions = slices.DeleteFunc(s.removed, outOfScope), slices.DeleteFunc(s.actions, outOfScope)
	if before > 0 && len(s.resources) == 0 {
		return leftOut, used, fmt.Errorf("the scope %s leaves out everything that holds or guards locked data, such as %s; "+
			"name what is to be judged", strings.Join(patterns, ", "), leftOut[0])
	}
	slices.Sort(leftOut)
	return leftOut, used, nil
}
