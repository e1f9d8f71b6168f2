package iampolicy

import (
	"slices"
	"strings"
	"time"

	"datalock/internal/policy"
)

// A fact is what is known about a condition key in a request by an IAM role or
// user.
type fact struct {
	key      string
	presence presence
	// value is empty if it isn't known.
	value string
}

type presence int

const (
	perhaps presence = iota // what the caller can choose
	present
	absent
)

// key returns what is known about a condition key, given in lower case.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (r Request) key(key, secure string) fact {
	known := func(value string) fact { return fact{key, present, value} }
	switch key {
	case principalARN:
		return known(r.Principal)
	case principalAccount:
		if account := AccountOf(r.Principal); account != unknownAccount {
			return known(account)
		}
		return known("")
	case principalType:
		return known(typeOf(r.Principal))
	case "aws:securetransport":
		return known(secure)
	case "aws:principalisawsservice":
		return known("false")
	case "aws:resourceaccount", "s3:resourceaccount":
		return known(r.Account)
	case "aws:requestedregion":
		return known(r.Region)
	case userID, currentTime, "aws:epochtime":
		return known("")
	case "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths",
		"aws:principalservicename", "aws:principalservicenameslist":
		// Only requests by AWS services have these.
		return fact{key: key, presence: absent}
	}
	return fact{key: key}
}

const (
	userID      = "aws:userid"
	currentTime = "aws:currenttime"

	federatedUser = "FederatedUser"
)

// typeOf returns the aws:PrincipalType of a principal.
func typeOf(principal string) string {
	switch {
	case strings.Contains(principal, ":role/"):
		return "AssumedRole"
	case strings.Contains(principal, ":user/"):
		return "User"
	case strings.Contains(principal, ":federated-user/"):
		return federatedUser
	}
	return ""
}

// holds reports whether a condition surely holds.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func holds(operator string, wanted policy.Values, f fact) bool {
	base, ifExists := strings.CutSuffix(operator, "IfExists")
	base, forAll := strings.CutPrefix(base, "ForAllValues:")
	base, forAny := strings.CutPrefix(base, "ForAnyValue:")
	negated := strings.Contains(base, "Not")
	switch {
	case f.presence == perhaps:
		return false
	case base == "Null":
		return slices.Equal(wanted, policy.Values{map[presence]string{present: "false", absent: "true"}[f.presence]})
	case f.presence == absent:
		return ifExists || forAll || negated && !forAny
	case slices.ContainsFunc(wanted, func(v string) bool { return strings.Contains(v, "${") }):
		return false // a policy variable
	case f.value == "":
		return holdsAnyhow(base, wanted, f.key)
	case strings.HasPrefix(base, "Arn") && !strings.HasPrefix(f.value, "arn:"):
		return false
	case f.value == "true" || f.value == "false":
		return base == "Bool" && slices.ContainsFunc(wanted, func(v string) bool { return sameFold(v, f.value) })
	}
	var matches func(wide, narrow string) bool
	switch strings.Replace(base, "Not", "", 1) {
	case "ArnEquals", "ArnLike":
		matches = includesARN
	case "StringLike":
		matches = includes
	case "StringEquals":
		matches = equal
	case "StringEqualsIgnoreCase":
		matches = sameFold
	default:
		return false
	}
	return negated != slices.ContainsFunc(wanted, func(pattern string) bool { return matches(pattern, f.value) })
}

// holdsAnyhow reports whether a condition holds for any value of its key.
func holdsAnyhow(base string, wanted policy.Values, key string) bool {
	switch {
	case base == "StringLike" && slices.Contains(wanted, "*"):
		return true
	case key == userID: // the root's is the number of the account
		other := slices.ContainsFunc(wanted, func(id string) bool { return !isAccount(id) })
		return strings.HasPrefix(base, "StringNot") && !other
	case key == currentTime: // the day comes, and doesn't end
		return strings.HasPrefix(base, "DateGreaterThan") && slices.ContainsFunc(wanted, isTime)
	}
	return false
}

func isTime(text string) bool {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}
