package bucketpolicy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// operator is a condition operator as IAM defines them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type operator struct {
	// match compares the request's value with one of the policy's.
	match func(value, wanted string) bool
	// negated operators hold where no value matches, and where the key is
	// absent.
	negated bool
	// ifExists holds where the key is absent.
	ifExists bool
	// forAll holds where the key is absent, forAny doesn't. The keys decided
	// here have one value, so they change nothing else.
	forAll, forAny bool
	// null asks for the key's absence.
	null bool
}

var matchers = map[string]operator{
	"StringEquals":              {match: func(v, w string) bool { return v == w }},
	"StringNotEquals":           {match: func(v, w string) bool { return v == w }, negated: true},
	"StringEqualsIgnoreCase":    {match: strings.EqualFold},
	"StringNotEqualsIgnoreCase": {match: strings.EqualFold, negated: true},
	"StringLike":                {match: func(v, w string) bool { return like(w, v) }},
	"StringNotLike":             {match: func(v, w string) bool { return like(w, v) }, negated: true},
	"ArnEquals":                 {match: arnLike},
	"ArnLike":                   {match: arnLike},
	"ArnNotEquals":              {match: arnLike, negated: true},
	"ArnNotLike":                {match: arnLike, negated: true},
	"Bool":                      {match: strings.EqualFold},
	"NumericEquals":             {match: number(func(c int) bool { return c == 0 })},
	"NumericNotEquals":          {match: number(func(c int) bool { return c == 0 }), negated: true},
	"NumericLessThan":           {match: number(func(c int) bool { return c < 0 })},
	"NumericLessThanEquals":     {match: number(func(c int) bool { return c <= 0 })},
	"NumericGreaterThan":        {match: number(func(c int) bool { return c > 0 })},
	"NumericGreaterThanEquals":  {match: number(func(c int) bool { return c >= 0 })},
	"DateEquals":                {match: date(func(c int) bool { return c == 0 })},
	"DateNotEquals":             {match: date(func(c int) bool { return c == 0 }), negated: true},
	"DateLessThan":              {match: date(func(c int) bool { return c < 0 })},
	"DateLessThanEquals":        {match: date(func(c int) bool { return c <= 0 })},
	"DateGreaterThan":           {match: date(func(c int) bool { return c > 0 })},
	"DateGreaterThanEquals":     {match: date(func(c int) bool { return c >= 0 })},
	"IpAddress":                 {match: inRange},
	"NotIpAddress":              {match: inRange, negated: true},
	"BinaryEquals":              {match: func(v, w string) bool { return v == w }},
}

// parseOperator reads an operator's name. Its error is S3's answer.
func parseOperator(name string) (operator, error) {
	base := name
	base, forAll := strings.CutPrefix(base, "ForAllValues:")
	base, forAny := strings.CutPrefix(base, "ForAnyValue:")
	if base == "Null" {
		return operator{null: true}, nil
	}
	base, ifExists := strings.CutSuffix(base, "IfExists")
	op, ok := matchers[base]
	if !ok {
		return operator{}, Error("Invalid Condition type : " + name)
	}
	op.ifExists, op.forAll, op.forAny = ifExists, forAll, forAny
	return op, nil
}

// holds decides the operator for one key.
func (o operator) holds(value string, present bool, wanted values) bool {
	if o.null {
		for _, w := range wanted {
			if strings.EqualFold(w, strconv.FormatBool(!present)) {
				return true
			}
		}
		return false
	}
	if !present {
		return o.ifExists || o.forAll || o.negated && !o.forAny
	}
	for _, w := range wanted {
		if o.match(value, w) {
			return !o.negated
		}
	}
	return o.negated
}

func number(accept func(comparison int) bool) func(value, wanted string) bool {
	return func(value, wanted string) bool {
		v, errV := strconv.ParseFloat(value, 64)
		w, errW := strconv.ParseFloat(wanted, 64)
		if errV != nil || errW != nil {
			return false
		}
		switch {
		case v < w:
			return accept(-1)
		case v > w:
			return accept(1)
		}
		return accept(0)
	}
}

func date(accept func(comparison int) bool) func(value, wanted string) bool {
	return func(value, wanted string) bool {
		v, errV := parseDate(value)
		w, errW := parseDate(wanted)
		return errV == nil && errW == nil && accept(v.Compare(w))
	}
}

// parseDate reads a date as IAM does: ISO 8601, or seconds since 1970.
func parseDate(text string) (time.Time, error) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, nil
	}
	return time.Parse(time.RFC3339, text)
}

func inRange(value, wanted string) bool {
	address, err := netip.ParseAddr(value)
	if err != nil {
		return false
	}
	if prefix, err := netip.ParsePrefix(wanted); err == nil {
		return prefix.Contains(address)
	}
	single, err := netip.ParseAddr(wanted)
	return err == nil && single == address
}

// arnLike compares the six fields of an ARN; each may hold wildcards.
func arnLike(value, wanted string) bool {
	v, w := strings.SplitN(value, ":", 6), strings.SplitN(wanted, ":", 6)
	if len(v) != 6 || len(w) != 6 {
		return false
	}
	for i := range v {
		if !like(w[i], v[i]) {
			return false
		}
	}
	return true
}

// like matches text with a pattern in which '*' stands for any text and '?' for
// one character.
func like(pattern, text string) bool {
	star, mark := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
