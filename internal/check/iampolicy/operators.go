package iampolicy

import (
	"slices"
	"strings"

	"datalock/internal/policy"
)

// A fact is the value of a condition key in a request.
type fact struct {
	absent bool
	value  string
	// free is set if the caller or somebody else can choose the value, so that the
	// key may also have several.
	free bool
	// other is set for any value that no condition names.
	other bool
	// around is set if value stands for the numbers, times or addresses around it,
	// which are alike only for the operators that compare such.
	around bool
}

// meets reports whether a condition holds.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func (f fact) meets(operator string, wanted policy.Values) answer {
	base, ifExists := strings.CutSuffix(operator, "IfExists")
	base, forAll := strings.CutPrefix(base, "ForAllValues:")
	base, forAny := strings.CutPrefix(base, "ForAnyValue:")
	positive := strings.Replace(base, "Not", "", 1)
	negated := positive != base
	switch {
	case base == "Null":
		is := map[bool]string{true: "true", false: "false"}[f.absent]
		return sure(slices.ContainsFunc(wanted, func(v string) bool { return sameFold(v, is) }))
	case f.absent:
		return sure(ifExists || forAll || negated && !forAny)
	}
	best := no
	for _, value := range wanted {
		best = max(best, f.matches(positive, value))
	}
	if !everything(positive, wanted) && f.free && (forAll || forAny) {
		best = unknown
	}
	if negated {
		return yes - best
	}
	return best
}

func sure(is bool) answer {
	if is {
		return yes
	}
	return no
}

// everything reports whether some value of a condition matches any text.
func everything(operator string, wanted policy.Values) bool {
	return operator == "StringLike" && slices.ContainsFunc(wanted, func(v string) bool {
		return v != "" && strings.Trim(v, "*") == ""
	})
}

// matches reports whether one value of a condition matches. The operator isn't
// negated.
func (f fact) matches(operator, value string) answer {
	switch {
	case everything(operator, policy.Values{value}):
		return yes
	case strings.Contains(value, "${"): // a policy variable
		return unknown
	case strings.HasPrefix(operator, "Numeric"):
		return compared(operator[len("Numeric"):], f.value, value, numberIn)
	case strings.HasPrefix(operator, "Date"):
		return compared(operator[len("Date"):], f.value, value, timeIn)
	case operator == "IpAddress":
		return inNetwork(f.value, value)
	case f.around:
		return unknown
	case f.other:
		// Its value may be a condition's in another case, or match its pattern.
		return map[bool]answer{true: no, false: unknown}[exact(operator, value)]
	case operator == "Bool":
		if f.value != "true" && f.value != "false" {
			return unknown
		}
		return sure(sameFold(f.value, value))
	case f.value == "true" || f.value == "false":
		return unknown
	case strings.HasPrefix(operator, "Arn") && !strings.HasPrefix(f.value, "arn:"):
		return unknown
	}
	match, is := map[string]func(wide, narrow string) bool{
		"ArnEquals": includesARN, "ArnLike": includesARN, "StringLike": includes, "StringEquals": equal,
		"StringEqualsIgnoreCase": sameFold,
	}[operator]
	if !is {
		return unknown
	}
	return sure(match(value, f.value))
}

// exact reports whether a value of a condition matches only itself.
func exact(operator, value string) bool {
	return operator == "StringEquals" || operator == "StringLike" && !strings.ContainsAny(value, "*?")
}

// compared compares two numbers or times, which read reads as numbers.
func compared(how, is, wanted string, read func(string) (float64, bool)) answer {
	a, ok := read(is)
	b, also := read(wanted)
	if !ok || !also {
		return unknown
	}
	switch how {
	case "Equals":
		return sure(a == b)
	case "LessThan":
		return sure(a < b)
	case "LessThanEquals":
		return sure(a <= b)
	case "GreaterThan":
		return sure(a > b)
	case "GreaterThanEquals":
		return sure(a >= b)
	}
	return unknown
}
