package iampolicy

import (
	"slices"
	"strings"
)

// A Request is a request of a principal to AWS.
type Request struct {
	// Action is one action, such as s3:GetObject.
	Action string
	// Resource is an ARN or a pattern of ARNs.
	Resource string
	// Principal is the ARN of an IAM role or user.
	Principal string
	// Account is the account that owns the resource, Region its Region. Each is
	// empty if it isn't known.
	Account, Region string
	// NeedsAllow is set if only the document can allow the request, and no policy
	// of the principal.
	NeedsAllow bool
}

// Denies returns the statements that deny a request however and whenever it is
// made, or nil.
func (d Document) Denies(r Request) []string {
	by, _ := d.about(r).refuses(r, Exempt{})
	return by
}

// DeniesEverybody reports whether a statement without conditions denies
// everybody an action on a resource.
func (d Document) DeniesEverybody(action, resource string) bool {
	return slices.ContainsFunc(d.Statements, func(s Statement) bool {
		everybody := slices.Contains(s.Principal, "*") || slices.Contains(s.Principal, "AWS:*")
		return s.Effect == "Deny" && everybody && len(s.Condition) == 0 &&
			s.reaches(Request{Action: action, Resource: resource})
	})
}

// RoleOf returns the ARN of a session's role, without the role's path, which a
// session's ARN doesn't have. It returns other ARNs unchanged.
func RoleOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "sts" {
		return arn
	}
	session := strings.Split(parts[5], "/")
	if len(session) < 2 || session[0] != "assumed-role" {
		return arn
	}
	return strings.Join([]string{parts[0], parts[1], "iam", "", parts[4], "role/" + session[1]}, ":")
}

// AsNamed returns the ARN by which the document names a role: one with a path
// if account and name are the same.
func (d Document) AsNamed(role string) string {
	parts := strings.SplitN(role, ":", 6)
	if len(parts) != 6 {
		return role
	}
	_, name, _ := strings.Cut(parts[5], "/")
	others := d.Principals(unknownAccount)
	for _, s := range d.Statements {
		for _, id := range s.Principal {
			others = append(others, strings.TrimPrefix(id, "AWS:"))
		}
	}
	for _, other := range others {
		if strings.HasPrefix(other, strings.Join(parts[:5], ":")+":role/") && strings.HasSuffix(other, "/"+name) {
			return other
		}
	}
	return role
}

// reaches reports whether a statement applies to a request, conditions aside.
func (s Statement) reaches(r Request) bool {
	one := func(text string) choice { return choice{patterns: []string{text}} }
	return s.names(r.Principal) && choose(s.Resource, s.NotResource).covers(one(r.Resource), includesResource) &&
		s.actions().covers(one(lowerASCII(r.Action)), includes)
}

// names reports whether a statement applies to a principal. An account includes
// everybody in it; under NotPrincipal it excepts only its root.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func (s Statement) names(principal string) bool {
	if len(s.NotPrincipal) > 0 {
		return !slices.ContainsFunc(s.NotPrincipal, func(id string) bool {
			return id == "*" || RoleOf(strings.TrimPrefix(id, "AWS:")) == principal
		})
	}
	return slices.ContainsFunc(s.Principal, func(id string) bool {
		arn := strings.TrimPrefix(id, "AWS:")
		if arn == "*" || arn == principal {
			return true
		}
		account := wholeAccount(arn)
		return account != "" && slices.Contains([]string{account, unknownAccount}, AccountOf(principal))
	})
}

// wholeAccount returns the account if a principal is a whole account, or "".
func wholeAccount(principal string) string {
	parts := strings.Split(principal, ":")
	switch {
	case len(parts) == 6 && parts[5] == "root":
		return parts[4]
	case isAccount(principal):
		return principal
	}
	return ""
}

func isAccount(id string) bool {
	return len(id) == 12 && strings.Trim(id, "0123456789") == ""
}

func (s Statement) name(index int) string {
	if s.Sid != "" {
		return s.Sid
	}
	return numbered(index)
}
