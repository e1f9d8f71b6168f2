package prove

import (
	"fmt"
	"slices"
	"strings"

	"datalock/internal/policy"
)

// keysOf are the condition keys, in lower case, that a guard's statement may have:
// with any other one it denies only some of what the trials try.
var keysOf = map[Guard][]string{
	TLSOnly: {"aws:securetransport"}, OldTLS: {"s3:tlsversion"}, NoWeakerMode: {keyMode},
	RetentionFloor: {keyRemaining}, RetentionCeiling: {keyRemaining}, NoEventHold: {keyEventHold},
	WriteOnce: {keyIfNoneMatch, "s3:objectcreationoperation"}, NoCustomerKey: {keyCustomer},
	NoOtherKey: {keyKMS}, NoUnnamedKey: {keyKMS, keyAlgorithm}, SameEncryption: {keyAlgorithm},
	SealACLs: {"s3:x-amz-acl"}, SealHolds: {"s3:object-lock-legal-hold"},
}

// exceptions splits a statement's conditions: into the principals that it excepts,
// as patterns of aws:PrincipalArn, and the other keys. That it excepts AWS services
// changes nothing for the trials.
func exceptions(conditions policy.Conditions) (except, others []string) {
	for operator, keys := range conditions {
		operator = strings.TrimSuffix(operator, "IfExists")
		negated := slices.Contains([]string{"ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike"}, operator)
		for key, values := range keys {
			switch key = strings.ToLower(key); {
			case key == "aws:principalarn" && negated:
				except = append(except, values...)
			case key == "aws:principalisawsservice" && slices.Equal(values, policy.Values{"false"}):
			default:
				others = append(others, key)
			}
		}
	}
	slices.Sort(except)
	slices.Sort(others)
	return except, others
}

// narrowed says why a statement isn't a guard of the whole bucket, or "".
func narrowed(g Guard, s policy.Statement, bucket string, keys []string) string {
	everybody := func(p string) bool { return p == policy.Everybody || p == "AWS:"+policy.Everybody }
	switch {
	case !slices.ContainsFunc(s.Principal, everybody):
		return "no trial tests it: it applies to some principals only"
	case g == SealConfiguration && !covers(s, bucket):
		return "no trial tests it: it doesn't apply to the bucket " + bucket
	case g != SealConfiguration && !covers(s, bucket+"/a", bucket+"/~/..z", bucket+"/datalock-trials/x/y"):
		return "no trial tests it: it doesn't apply to all objects of the bucket"
	}
	for _, key := range keys {
		if !slices.Contains(keysOf[g], key) {
			return fmt.Sprintf("no trial tests it: it applies under a further condition only, on %s", key)
		}
	}
	return ""
}

// covers reports whether the resources of a statement include all of some names in
// S3.
func covers(s policy.Statement, names ...string) bool {
	for _, name := range names {
		if !slices.ContainsFunc(s.Resource, func(pattern string) bool {
			if _, of, found := strings.Cut(pattern, ":s3:::"); found {
				pattern = of
			} else if pattern != "*" {
				return false
			}
			return policy.Matches(pattern, name)
		}) {
			return false
		}
	}
	return true
}
