package bucket

import (
	"slices"
	"strings"

	"datalock/internal/policy"
)

// anyKey is a key that no statement names: only a pattern for every key
// matches it.
const anyKey = "\x00"

// A request is what is known of one when the settings are written.
type request struct {
	// principal is the ARN of a role, or empty for anybody in the account.
	principal, account string
	action, resource   string
	// known are condition keys in lower case, with an empty value for one that
	// the request doesn't have. Other keys can have any value.
	known map[string]string
}

// surely reports whether a statement denies a request, whatever isn't known of
// it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func surely(s policy.Statement, r request) bool {
	return s.Effect == "Deny" && slices.ContainsFunc(s.Principal, r.isOf) &&
		about(lower(s.Action), lower(s.NotAction), strings.ToLower(r.action)) &&
		about(s.Resource, s.NotResource, r.resource) && r.meets(s.Condition)
}

// about reports whether a pair of elements, such as Action and NotAction, is
// about a text.
func about(included, excluded policy.Values, text string) bool {
	matching := func(pattern string) bool { return policy.Matches(pattern, text) }
	if len(excluded) == 0 {
		return slices.ContainsFunc(included, matching)
	}
	// One that excludes some keys isn't about every key.
	some := func(pattern string) bool { return strings.HasSuffix(text, anyKey) && strings.Contains(pattern, "/") }
	return !slices.ContainsFunc(excluded, matching) && !slices.ContainsFunc(excluded, some)
}

// lower returns actions, whose case doesn't matter, in lower case.
func lower(actions policy.Values) policy.Values {
	var all policy.Values
	for _, action := range actions {
		all = append(all, strings.ToLower(action))
	}
	return all
}

// isOf reports whether a principal of a Deny includes who makes the request. An
// account stands for everybody in it.
func (r request) isOf(principal string) bool {
	id, _ := strings.CutPrefix(principal, "AWS:")
	whole := r.account != "" && (id == r.account ||
		strings.HasPrefix(id, "arn:") && strings.HasSuffix(id, ":iam::"+r.account+":root"))
	return principal == policy.Everybody || whole || id == r.principal && id != ""
}

func (r request) meets(conditions policy.Conditions) bool {
	for operator, keys := range conditions {
		for key, values := range keys {
			if !r.holds(operator, strings.ToLower(key), values) {
				return false
			}
		}
	}
	return true
}

// comparisons are those operators, without Not, that compare with what can be
// known here.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var comparisons = map[string]func(pattern, value string) bool{
	"StringEquals":           func(pattern, value string) bool { return pattern == value },
	"StringEqualsIgnoreCase": strings.EqualFold,
	"StringLike":             policy.Matches,
	"ArnEquals":              globARN,
	"ArnLike":                globARN,
	"Bool":                   strings.EqualFold,
}

// holds reports whether a condition is met, whatever isn't known. A negated
// operator is met if the request doesn't have the key.
func (r request) holds(operator, key string, values policy.Values) bool {
	value, known := r.known[key]
	variable := func(v string) bool { return strings.Contains(v, "${") }
	if !known || slices.ContainsFunc(values, variable) {
		return false
	}
	if operator == "Null" {
		return slices.Contains(values, map[bool]string{true: "true", false: "false"}[value == ""])
	}
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	plain := strings.Replace(operator, "Not", "", 1)
	compare := comparisons[plain]
	negated := plain != operator
	switch {
	case compare == nil:
		return false
	case value == "":
		return negated || ifExists
	}
	return negated != slices.ContainsFunc(values, func(pattern string) bool { return compare(pattern, value) })
}

// globARN compares the six parts of an ARN one by one.
func globARN(pattern, arn string) bool {
	patterns, parts := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	return len(patterns) == len(parts) && !slices.ContainsFunc([]int{0, 1, 2, 3, 4, 5}[:len(parts)], func(i int) bool {
		return !policy.Matches(patterns[i], parts[i])
	})
}
