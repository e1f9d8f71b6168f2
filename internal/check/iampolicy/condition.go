package iampolicy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"datalock/internal/policy"
)

// An answer is the result of comparing two conditions, the worst first.
type answer int

const (
	no      answer = iota // it isn't so
	unknown               // it can't be told
	yes                   // it surely is so
)

// implies reports whether a request that meets the conditions from also meets
// the conditions to, and if not, which of these fails.
func implies(from, to policy.Conditions) (worst answer, why string) {
	worst = yes
	for operator, keys := range to {
		for key, want := range keys {
			a, name := impliedBy(from, operator, key, want), operator+" "+key
			if a < worst || a == worst && name < why {
				worst, why = a, name
			}
		}
	}
	return worst, why
}

// impliedBy reports whether a condition in from makes another one hold. What a
// condition with another operator on the same key implies isn't known here.
func impliedBy(from policy.Conditions, operator, key string, want policy.Values) answer {
	best := no // a condition that wasn't there narrows
	for op, keys := range from {
		for k, have := range keys {
			if !sameFold(k, key) {
				continue
			}
			// With IfExists a condition also holds where the key is absent.
			if op == operator || op+"IfExists" == operator {
				return implied(strings.TrimSuffix(operator, "IfExists"), have, want)
			}
			best = unknown
		}
	}
	return best
}

// implied reports whether have implies want, for one operator without IfExists.
// Several values of one key are alternatives, except with negated operators,
// where none may match.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
func implied(operator string, have, want policy.Values) answer {
	if within(have, want, equal) == yes && within(want, have, equal) == yes {
		return yes
	}
	base := strings.TrimPrefix(operator, "ForAnyValue:")
	if base != operator && strings.Contains(base, "Not") {
		return unknown // it holds if any value is another, which is no negation
	}
	switch base {
	case "StringEquals", "NumericEquals":
		return within(have, want, equal)
	case "StringNotEquals":
		return within(want, have, equal)
	case "StringEqualsIgnoreCase":
		return within(have, want, sameFold)
	case "StringNotEqualsIgnoreCase":
		return within(want, have, sameFold)
	case "StringLike":
		return within(have, want, includes)
	case "StringNotLike":
		return within(want, have, includes)
	case "ArnEquals", "ArnLike":
		return within(have, want, includesARN)
	case "ArnNotEquals", "ArnNotLike":
		return within(want, have, includesARN)
	case "NumericLessThan", "NumericLessThanEquals":
		return bounded(have, want, func(h, w []float64) bool { return slices.Max(h) <= slices.Max(w) })
	case "NumericGreaterThan", "NumericGreaterThanEquals":
		return bounded(have, want, func(h, w []float64) bool { return slices.Min(h) >= slices.Min(w) })
	case "Bool", "Null":
		return no
	}
	return unknown
}

func equal(a, b string) bool { return a == b }

func sameFold(a, b string) bool { return lowerASCII(a) == lowerASCII(b) }

// includesARN compares patterns of ARNs, in which a star doesn't match colons.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
func includesARN(wide, narrow string) bool {
	if wide == narrow {
		return true
	}
	w, n := strings.SplitN(wide, ":", 6), strings.SplitN(anyText(narrow), ":", 6)
	if len(w) != len(n) {
		return false
	}
	for i := range w {
		if !includes(w[i], n[i]) {
			return false
		}
	}
	return true
}

// within reports whether each value of some is matched by one of others.
func within(some, others policy.Values, matches func(wide, narrow string) bool) answer {
	for _, value := range some {
		if !slices.ContainsFunc(others, func(other string) bool { return matches(other, value) }) {
			return no
		}
	}
	return yes
}

// bounded compares numeric values.
func bounded(have, want policy.Values, holds func(h, w []float64) bool) answer {
	h, w := numbers(have), numbers(want)
	switch {
	case h == nil || w == nil:
		return unknown
	case holds(h, w):
		return yes
	}
	return no
}

// decimal matches the numbers that AWS and Go surely read alike. Go also accepts
// Inf, 1e300, 0x59 and 1_00, and more digits than a float64 holds.
var decimal = regexp.MustCompile(`^-?[0-9]{1,10}(\.[0-9]{1,5})?$`)

func numbers(v policy.Values) []float64 {
	var all []float64
	for _, text := range v {
		if !decimal.MatchString(text) {
			return nil
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil
		}
		all = append(all, n)
	}
	return all
}
