package iampolicy

import "slices"

// A Refusal says that a document allows nobody a request.
type Refusal struct {
	// By are the statements that deny it, or none if nothing allows it.
	By []string
	// Except are the requests that it doesn't refuse.
	Except Exempt
}

// Exempt are requests by plain HTTP, and those through a VPC endpoint.
type Exempt struct{ PlainHTTP, Endpoints bool }

// Refuses returns why a request can't be made, if it can't: not however it is
// made, and in the end whenever. What the caller or somebody else can choose, such
// as the network or a tag, may be anything.
//
// Two ways alone don't keep a request possible, and are named: plain HTTP, and a
// VPC endpoint, if no condition asks for one. Nobody lets in only these on
// purpose.
func (d Document) Refuses(r Request) (Refusal, bool) {
	c := d.about(r)
	if len(c.denials) == 0 && !c.needsAllow {
		return Refusal{}, false
	}
	for _, except := range c.exempts() {
		if by, refused := c.refuses(r, except); refused {
			return Refusal{by, except}, true
		}
	}
	return Refusal{}, false
}

// about returns the statements about a request.
func (d Document) about(r Request) cases {
	c := cases{needsAllow: r.NeedsAllow}
	for i, s := range d.Statements {
		switch {
		case s.Effect == "Deny" && s.reaches(r):
			s.Sid = s.name(i)
			c.denials = append(c.denials, s)
		case r.NeedsAllow && s.allowsTo(r.Principal, r.Action):
			c.grants = append(c.grants, s)
		}
	}
	c.uses = usesIn(slices.Concat(c.denials, c.grants))
	return c
}

// exempts returns what to leave out of a request's ways, one after the other. What no
// condition asks for makes no difference.
func (c cases) exempts() []Exempt {
	all := []Exempt{{}}
	if c.uses[secureTransport] != nil || c.uses[tlsVersion] != nil {
		all = append(all, Exempt{PlainHTTP: true})
	}
	if c.uses[sourceIP] != nil && !c.uses.ofEndpoints() {
		for _, one := range all {
			one.Endpoints = true
			all = append(all, one)
		}
	}
	return all
}

// refuses reports whether a request is refused in every way but those left out, and
// by which statements.
func (c cases) refuses(r Request, without Exempt) (by []string, refused bool) {
	u := c.uses
	if r.endpointWays(u) > mostCombinations {
		return c.certainly()
	}
	c.groups = r.ways(u, without)
	if !u.ofTimes() {
		return c.refused()
	}
	var first span
	lasted, all := false, spans(u.times())
	c.spans = len(all)
	for _, s := range all {
		at := c
		at.groups = append(slices.Clip(c.groups), r.moments(s))
		names, is := at.refused()
		if is && !lasted {
			first = s
		}
		if lasted = is; is && longEnough(first, s) {
			return names, true
		}
	}
	return nil, false
}

// cases are the statements about a request, and the ways to make it.
type cases struct {
	denials, grants []Statement
	uses            uses // their conditions
	needsAllow      bool
	groups          [][]way
	spans           int // in how many the ways are tried, or 0 if no condition is on the time
}

// certainly reports whether the request is refused whatever the values of the
// condition keys are.
func (c cases) certainly() (by []string, refused bool) {
	for _, s := range c.denials {
		if len(s.Condition) == 0 {
			return []string{s.Sid}, true
		}
	}
	return nil, c.needsAllow && len(c.grants) == 0
}

// refused reports whether the request is refused in every way, and by which
// statements.
func (c cases) refused() (by []string, refused bool) {
	for _, s := range c.denials {
		if c.always(s) {
			return []string{s.Sid}, true
		}
	}
	if len(c.denials) < 2 && !c.needsAllow {
		return nil, false
	}
	return c.together()
}

// always reports whether the conditions of a statement hold in every way.
func (c cases) always(s Statement) bool {
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			key = lowerASCII(key)
			for _, group := range c.groups {
				if slices.ContainsFunc(group, func(w way) bool {
					f, has := w[key]
					return has && f.meets(operator, wanted) != yes
				}) {
					return false
				}
			}
		}
	}
	return true
}

// mostCombinations bounds the combinations of ways that are tried, in all spans of
// time together. If there are more, the request counts as possible.
const mostCombinations = 10_000

// together reports whether each combination of ways is refused, whichever
// statements do it.
func (c cases) together() (by []string, refused bool) {
	n := 1
	for _, group := range c.groups {
		if n *= len(group); n*max(1, c.spans) > mostCombinations {
			return nil, false
		}
	}
	denied := make([][]bool, len(c.denials))
	for i := range denied {
		denied[i] = make([]bool, n)
	}
	some := make([]bool, n)
	for k := range n {
		one, rest := way{}, k
		for _, group := range c.groups {
			for key, f := range group[rest%len(group)] {
				one[key] = f
			}
			rest /= len(group)
		}
		for i, s := range c.denials {
			denied[i][k] = s.meets(one) == yes
			some[k] = some[k] || denied[i][k]
		}
		if !some[k] && (!c.needsAllow || c.allowed(one)) {
			return nil, false
		}
	}
	for i, s := range c.denials {
		adds := false
		for k := range n {
			adds = adds || denied[i][k] && some[k]
			some[k] = some[k] && !denied[i][k]
		}
		if adds {
			by = append(by, s.Sid)
		}
	}
	return by, true
}

// allowed reports whether a statement may allow a request that is made in some
// way.
func (c cases) allowed(w way) bool {
	return slices.ContainsFunc(c.grants, func(s Statement) bool { return s.meets(w) != no })
}

// meets reports whether the conditions of a statement hold for a request that is
// made in some way.
func (s Statement) meets(w way) answer {
	worst := yes
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			worst = min(worst, w[lowerASCII(key)].meets(operator, wanted))
		}
	}
	return worst
}
