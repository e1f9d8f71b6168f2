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
		for _, own := range []*resource{r, r.bucket, r.former, r.key} {
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
// characters. It tries longer texts for the last star only, so that its time
// grows with the lengths, and not with the number of stars.
func matches(pattern, text string) bool {
	p, star, from := 0, -1, 0
	for t := 0; t < len(text); {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star < 0:
			return false
		default:
			from++
			p, t = star+1, from
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// limit marks the resources out of scope and returns their addresses, and the
// patterns that match. The rules still see these resources, because they say
// what a resource in scope is about. It is an error if nothing is left to judge:
// the pattern is probably mistyped.
func (s *Subject) limit(patterns scopes) (leftOut, used []string, err error) {
	leftOut = []string{}
	if len(patterns) == 0 {
		return leftOut, nil, nil
	}
	s.outOfScope = map[*resource]bool{}
	for _, r := range s.resources {
		if pattern := patterns.of(r); pattern != "" {
			used = append(used, pattern)
		} else {
			s.outOfScope[r] = true
		}
	}
	s.includeKeys()
	for _, r := range s.resources {
		if s.outOfScope[r] {
			leftOut = append(leftOut, Printable(r.address))
		}
	}
	outside := func(address string) bool { return patterns.of(&resource{address: address}) == "" }
	s.removed = slices.DeleteFunc(s.removed, outside)
	// An action that names no resource may affect any.
	s.actions = slices.DeleteFunc(s.actions, func(a action) bool { return a.by != "" && outside(a.by) })
	if len(leftOut) > 0 && len(leftOut) == len(s.resources) {
		return leftOut, used, fmt.Errorf("the scope %s leaves out everything that holds or guards locked data, such as %s; "+
			"name what is to be judged", strings.Join(patterns, ", "), leftOut[0])
	}
	slices.Sort(leftOut)
	return leftOut, used, nil
}

// includeKeys takes the keys of the buckets in scope, with their policies, into
// scope: without its key, nobody can read a bucket.
func (s *Subject) includeKeys() {
	included, keys := map[*resource]bool{}, s.allKeys()
	for _, r := range s.resources {
		if b := r.bucketOrSelf(); b == nil || s.outOfScope[b] {
			continue
		}
		for _, key := range keys {
			if r.encryptsWith(key) {
				included[key] = true
			}
		}
		for _, alias := range s.ofType[aliasType] {
			if !r.encryptsWith(alias) {
				continue
			}
			included[alias] = true
			for _, key := range keys {
				included[key] = included[key] || alias.pointsTo(key)
			}
		}
	}
	for _, r := range s.resources {
		if included[r] || included[r.key] {
			delete(s.outOfScope, r)
		}
	}
}

// bucketOrSelf returns the bucket that a resource is or guards, or nil.
func (r *resource) bucketOrSelf() *resource {
	if r.kind == bucketType {
		return r
	}
	return r.bucket
}

// pointsTo reports whether an alias is one of a key, before or after the apply.
func (r *resource) pointsTo(key *resource) bool {
	if slices.Contains(r.refersTo, withoutKeys(key.address)) {
		return true
	}
	return slices.ContainsFunc(r.everyValues(), func(values object) bool {
		return key.isNamed(text(values, "target_key_id")) || key.isNamed(text(values, "target_key_arn"))
	})
}

// isNamed reports whether a name is one of a key or an alias.
func (r *resource) isNamed(name string) bool {
	return name != "" && slices.ContainsFunc(r.everyValues(), func(own object) bool {
		return name == text(own, "arn") || name == text(own, "key_id") || name == text(own, "id") ||
			r.kind == aliasType && name == text(own, "name")
	})
}

// encryptsWith reports whether a resource is a default encryption with a key or an
// alias, before or after the apply.
func (r *resource) encryptsWith(key *resource) bool {
	path := byDefault
	switch {
	case r.kind == bucketType:
		path = slices.Concat([]string{inline[encryptionType]}, byDefault)
	case r.kind != encryptionType:
		return false
	}
	if r.kind == encryptionType && slices.Contains(r.refersTo, withoutKeys(key.address)) {
		return true
	}
	return slices.ContainsFunc(r.everyValues(), func(values object) bool {
		return key.isNamed(text(values, slices.Concat(path, []string{"kms_master_key_id"})...))
	})
}
