package prove

import (
	"fmt"
	"slices"
	"strings"

	"datalock/internal/policy"
)

// guardedFrom reports whether the policy has a guard that applies to a principal,
// as far as is known.
func (b *testBucket) guardedFrom(g Guard, who Principal) bool {
	excepted, _ := b.excepts(g, who)
	return b.guards.Declares(g) && !b.exempt[b.stands(who)] && !excepted
}

// excepts reports whether every statement with a guard excepts the principal, as
// seals except guardians, and whether that isn't known because the identity behind
// the credentials isn't.
func (b *testBucket) excepts(g Guard, who Principal) (excepted, unknown bool) {
	identity := b.endpoint.Identities[b.stands(who)]
	for _, s := range b.guards.Statements {
		switch {
		case !slices.Contains(s.Guards, g):
		case len(s.Except) == 0:
			return false, false
		case identity == "":
			unknown = true
		case !slices.ContainsFunc(s.Except, func(pattern string) bool { return isPrincipal(pattern, identity) }):
			return false, false
		default:
			excepted = true
		}
	}
	return excepted && !unknown, unknown
}

// isPrincipal reports whether a pattern of aws:PrincipalArn matches an identity. A
// session's ARN leaves out the path of its role, so the path isn't compared.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
func isPrincipal(pattern, identity string) bool {
	if policy.Matches(pattern, identity) {
		return true
	}
	head, rest, session := strings.Cut(identity, ":assumed-role/")
	if !session {
		return false
	}
	role, _, _ := strings.Cut(rest, "/")
	if of, path, found := strings.Cut(pattern, ":role/"); found {
		pattern = of + ":role/" + path[strings.LastIndex(path, "/")+1:]
	}
	return policy.Matches(pattern, strings.Replace(head, ":sts:", ":iam:", 1)+":role/"+role)
}

func exceptedText(g Guard, who Principal, identity string) string {
	return fmt.Sprintf("not tried: the bucket policy excepts the credentials of the %s (%s) from %s; "+
		"pass credentials that it applies to, with --as admin=PROFILE", who, identity, g)
}

func maybeExceptedText(g Guard, who Principal, found string) string {
	return fmt.Sprintf("the attack succeeded (%s), but the bucket policy excepts some principals from %s, and whose "+
		"credentials the %s has isn't known; pass credentials that it applies to, with --as admin=PROFILE", found, g, who)
}
