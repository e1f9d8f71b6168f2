package iampolicy

import (
	"regexp"
	"slices"
	"strings"
)

// unknownAccount is the account of a resource whose account isn't known.
const unknownAccount = "000000000000"

// Anybody is a role that no policy names, in an unknown account.
var Anybody = anybodyOf(unknownAccount, "role")

// anybodyOf returns a principal in an account that no policy names.
func anybodyOf(account, kind string) string {
	return "arn:aws:iam::" + account + ":" + kind + "/datalock-anybody"
}

// Principals returns ARNs to try requests with: one for each pattern by which
// the document excepts somebody from a denial, and a role and a user that it
// doesn't name in the owning account (which may be empty) and in each account
// that it excepts. The account root isn't among them.
func (d Document) Principals(account string) []string {
	if account == "" {
		account = unknownAccount
	}
	all := []string{anybodyOf(account, "role"), anybodyOf(account, "user")}
	for _, s := range d.Statements {
		for _, id := range s.NotPrincipal {
			all = append(all, RoleOf(strings.TrimPrefix(id, "AWS:")))
		}
		for _, keys := range s.Condition {
			for key, wanted := range keys {
				switch lowerASCII(key) {
				case principalARN:
					for _, pattern := range wanted {
						all = append(all, samples(pattern, account)...)
					}
				case principalType:
					if slices.Contains(wanted, federatedUser) {
						all = append(all, "arn:aws:sts::"+account+":federated-user/datalock-anybody")
					}
				case principalAccount, callerOfKMS:
					for _, id := range wanted {
						all = append(all, anybodyOf(id, "role"))
					}
				}
			}
		}
	}
	var principals []string
	for _, arn := range all {
		if isPrincipal(arn) && !slices.Contains(principals, arn) {
			principals = append(principals, arn)
		}
	}
	return principals
}

// Condition keys about the principal, in lower case.
const (
	principalARN     = "aws:principalarn"
	principalAccount = "aws:principalaccount"
	principalType    = "aws:principaltype"
)

// samples returns texts that a pattern of ARNs matches, among them principals
// if the pattern matches any.
func samples(pattern, account string) []string {
	one := strings.NewReplacer("*", "x", "?", "x")
	all := []string{one.Replace(pattern)}
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return all
	}
	start := "arn:aws"
	if parts := strings.Split(pattern, ":"); parts[0] == "arn" && len(parts) > 5 {
		if isAccount(parts[4]) {
			account = parts[4]
		}
		if !strings.Contains(parts[1], "*") {
			start = "arn:" + parts[1]
		}
	}
	iam := start + ":iam:"
	owner := iam + ":" + account
	for _, beginning := range []string{
		start, iam, iam + ":", owner, owner + ":role/", owner + ":role/x", owner + ":user/x",
	} {
		if strings.HasPrefix(beginning, head) {
			all = append(all, beginning+one.Replace(rest))
		}
	}
	return all
}

// principal matches the values of aws:PrincipalArn, except the account root. For
// a session it is the role's ARN.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
var principal = regexp.MustCompile(`^arn:[^:]*:(iam::[^:]*:(role|user)|sts::[^:]*:federated-user)/[^:]+$`)

func isPrincipal(arn string) bool { return principal.MatchString(arn) }

// AccountOf returns the account in an ARN, or "".
func AccountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[4]
}

// Allows reports whether the document may allow a principal an action, ignoring
// conditions and resources. An account includes everybody in it, and a session
// counts as its role.
func (d Document) Allows(action, principal string) bool {
	return slices.ContainsFunc(d.Statements, func(s Statement) bool { return s.allowsTo(principal, action) })
}

func (s Statement) allowsTo(principal, action string) bool {
	isRole := func(id string) bool { return RoleOf(strings.TrimPrefix(id, "AWS:")) == principal }
	return s.allows(action) && (s.names(principal) || slices.ContainsFunc(s.Principal, isRole))
}

func (s Statement) allows(action string) bool {
	return s.Effect == "Allow" && s.actions().covers(choice{patterns: []string{lowerASCII(action)}}, includes)
}

// Allowed returns ARNs that the document may allow an action, ignoring
// conditions and resources. For an account that it allows these are the
// principals that it excepts from a denial.
func (d Document) Allowed(action, account string) []string {
	var all []string
	for _, s := range d.Statements {
		if !s.allows(action) {
			continue
		}
		for _, id := range s.Principal {
			arn, isAWS := strings.CutPrefix(id, "AWS:")
			switch {
			case id == "*", isAWS && wholeAccount(arn) != "":
				all = append(all, d.Principals(account)...)
			case isAWS:
				all = append(all, RoleOf(arn))
			}
		}
		if len(s.NotPrincipal) > 0 {
			all = append(all, d.Principals(account)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
