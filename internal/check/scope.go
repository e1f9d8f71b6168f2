package check

import (
	"fmt"
	"slices"
	"strings"
)

// scopes say which resources are judged, by patterns of addresses in which
// '*' stands for any characters. A pattern that names a module or a resource is
// about everything below it, as with terraform plan -target.
type scopes []string

// of returns the pattern that a resource is in scope by, or "". A guard is where
// its bucket or key is.
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

// covers reports whether a pattern is about an address or what is around it.
func covers(pattern, address string) bool {
	return matches(pattern, address) || matches(pattern+".*", address) || matches(pattern+"[*", address)
}

// matches compares a text with a pattern in which '*' stands for any
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

// only leaves out what is in no scope, and returns the addresses of that. It is
// an error where nothing is left to judge: that is more likely a slip of the pen
// in a pattern than a plan without faults.
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
