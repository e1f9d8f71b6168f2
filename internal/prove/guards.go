package prove

import "slices"

// Guards are the protections in a bucket's policy.
type Guards struct {
	// Declared are the guards that the policy has; trials of others don't
	// apply.
	Declared []Guard
	// CeilingDays is the longest retention that a writer may set.
	CeilingDays int
	// MinimumTLS is the lowest TLS version allowed, such as "1.2".
	MinimumTLS string
	// Algorithm is the only encryption that a writer may name, such as
	// "AES256"; empty if none may be named.
	Algorithm string
	// Statements are the policy's statements, in order.
	Statements []Statement
}

// A Statement is one statement of a bucket policy.
type Statement struct {
	// Sid is its Sid; a statement without one is named by its position.
	Sid string
	// Guards are the guards recognised in it; none if no trial attacks what it
	// denies.
	Guards []Guard
	// Except are the principals to whom it doesn't apply, as patterns of
	// aws:PrincipalArn.
	Except []string
	// Untested says why it isn't a guard of the whole bucket, if it looks like one.
	Untested string
}

// Declares reports whether the policy has the guard.
func (g Guards) Declares(guard Guard) bool { return slices.Contains(g.Declared, guard) }

// wanted says which Datalock setting adds a missing guard to a bucket. Guards
// that every Datalock bucket has can only be missing elsewhere.
func (g Guard) wanted() string {
	switch g {
	case WriteOnce:
		return `"writeOnce": true declares it`
	case NoDeleteMarkers:
		return `"deleteMarkers": "deny" declares it`
	case TLSOnly:
		return `it is declared unless "allowPlainHTTP" is true`
	case NoWeakerMode:
		return `a "retention" with the mode COMPLIANCE declares it`
	case NoOtherKey, NoUnnamedKey:
		return `"encryption" with a "keyArn" declares it`
	case SealConfiguration, SealACLs, SealHolds:
		return `"guardians" declares it`
	case NoDeletion:
		return `"evidence" declares it, in its own bucket`
	}
	return "every Datalock bucket policy has it"
}
