package iampolicy

import (
	"slices"
	"strings"
)

// A Request is what a principal asks AWS to do.
type Request struct {
	// Action is one action, such as s3:GetObject.
	Action string
	// Resource is an ARN, or a pattern of all that the request is about.
	Resource string
	// Principal is the ARN of the IAM role or user that asks.
	Principal string
	// Account is the account that owns the resource, Region the one that it is
	// in. Each is empty if it isn't known.
	Account, Region string
}

// Denies returns the statements that surely deny a request, however it is made,
// or nil: what the caller can choose, such as the network, and what isn't known
// of the principal, such as its tags, makes no denial sure. A request is made
// by TLS or without, and both have to be denied.
func (d Document) Denies(r Request) []string {
	var reaching, names []string
	denies := func(secure string) map[string]bool {
		by := map[string]bool{}
		for i, s := range d.Statements {
			if s.Effect == "Deny" && s.reaches(r) && s.holds(r, secure) {
				by[s.name(i)] = true
				reaching = append(reaching, s.name(i))
			}
		}
		return by
	}
	withTLS, without := denies("true"), denies("false")
	if len(withTLS) == 0 || len(without) == 0 {
		return nil
	}
	for _, name := range reaching {
		switch {
		case withTLS[name] && without[name]:
			return []string{name}
		case len(names) == 0, len(names) == 1 && withTLS[names[0]] != withTLS[name]:
			names = append(names, name)
		}
	}
	return names
}

// DeniesEverybody reports whether one statement denies an action on a resource to
// everybody, without a condition.
func (d Document) DeniesEverybody(action, resource string) bool {
	return slices.ContainsFunc(d.Statements, func(s Statement) bool {
		everybody := slices.Contains(s.Principal, "*") || slices.Contains(s.Principal, "AWS:*")
		return s.Effect == "Deny" && everybody && len(s.Condition) == 0 &&
			s.reaches(Request{Action: action, Resource: resource})
	})
}

// RoleOf returns the role of a session, without its path, which a session does
// not have, and every other ARN as it is.
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

// AsNamed returns the ARN by which the document names a role: where it names
// one of the same account and name that has a path, that one.
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

// reaches reports whether a statement is about a request, its conditions aside.
func (s Statement) reaches(r Request) bool {
	actions, resources, _ := s.parts()
	one := func(text string) choice { return choice{patterns: []string{text}} }
	return actions.covers(one(lowerASCII(r.Action)), includes) &&
		resources.covers(one(r.Resource), includesResource) && s.names(r.Principal)
}

// names reports whether a statement is about a principal. An account stands for
// everybody in it, save under NotPrincipal, where it excepts its root alone.
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

// wholeAccount returns the account that a principal stands for as a whole, or "".
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

// holds reports whether all conditions of a statement surely hold for a
// request, which is made with TLS where secure is "true".
func (s Statement) holds(r Request, secure string) bool {
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			if !holds(operator, wanted, r.key(lowerASCII(key), secure)) {
				return false
			}
		}
	}
	return true
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
