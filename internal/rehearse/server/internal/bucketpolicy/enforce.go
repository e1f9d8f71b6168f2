package bucketpolicy

import (
	"encoding/json"
	"slices"
)

// For returns the part of the policy that applies to a request with these
// condition keys, in the form that versitygw evaluates.
func (p Policy) For(keys Keys) Policy {
	enforced := Policy{Version: p.Version, Statements: statements{}}
	for _, statement := range p.Statements {
		if s, applies := statement.forRequest(keys); applies {
			enforced.Statements = append(enforced.Statements, s)
		}
	}
	return enforced
}

func (s Statement) forRequest(keys Keys) (Statement, bool) {
	if s.NotPrincipal != nil || len(s.NotAction) > 0 || len(s.NotResource) > 0 {
		return s, false
	}
	// A statement for services alone concerns no caller of this server.
	names, err := principals(s.Principal)
	if err != nil || len(names) == 0 {
		return s, false
	}
	// versitygw takes "*" only where it stands alone.
	if slices.Contains(names, "*") {
		names = []string{"*"}
	}
	principal, err := json.Marshal(map[string][]string{"AWS": names})
	if err != nil {
		return s, false
	}
	enforced := Statement{Sid: s.Sid, Effect: s.Effect, Principal: principal, Resource: s.Resource}
	for _, action := range s.Action {
		// versitygw refuses a policy with an action that it doesn't have.
		enforced.Action = append(enforced.Action, meant(action)...)
	}
	if len(enforced.Action) == 0 {
		return s, false
	}
	rest, holds := remaining(s.Condition, keys)
	enforced.Condition = rest
	return enforced, holds
}

// remaining decides the conditions on the keys that are known here. It returns
// those that are left, and false where one doesn't hold.
func remaining(condition map[string]map[string]values, keys Keys) (map[string]map[string]values, bool) {
	rest := map[string]map[string]values{}
	for name, wanted := range condition {
		op, err := parseOperator(name)
		if err != nil {
			return nil, false
		}
		for key, any := range wanted {
			value, present, supplied := keys.lookup(key)
			if !supplied {
				if rest[name] == nil {
					rest[name] = map[string]values{}
				}
				rest[name][key] = any
				continue
			}
			if !op.holds(value, present, any) {
				return nil, false
			}
		}
	}
	return rest, true
}
