package prove

import "slices"

// Guards are what a bucket's policy refuses.
type Guards struct {
	// Declared are the guards; trials of those that are absent don't apply.
	Declared []Guard
	// CeilingDays is the longest retention that a writer may name.
	CeilingDays int
	// MinimumTLS is the oldest TLS version allowed, as in "1.2".
	MinimumTLS string
	// Algorithm is the only encryption that a writer may name, as in "AES256";
	// empty if none may be named.
	Algorithm string
	// Statements are those of the policy, in its order.
	Statements []Statement
}

// A Statement is one statement of a bucket policy.
type Statement struct {
	// Sid is its name; a statement without one is called by its place.
	Sid string
	// Guards are those that it was recognised as; none if no trial attacks
	// what it does.
	Guards []Guard
}

// Declares reports whether the policy has the guard.
func (g Guards) Declares(guard Guard) bool { return slices.Contains(g.Declared, guard) }

// wanted says which setting of Datalock declares a guard that a bucket lacks.
// The guards that every bucket of Datalock has are lacking in others only.
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
	}
	return "a bucket policy of Datalock has it"
}
