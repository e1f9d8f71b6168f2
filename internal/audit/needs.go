package audit

import (
	"strings"

	"datalock/internal/check/iampolicy"
)

// mayNotAllow says why a policy may not allow what a statement of the declared
// one allows, as the end of a sentence, or returns "". A denial that isn't
// declared counts, whatever its conditions.
func mayNotAllow(is, declared iampolicy.Document, wanted iampolicy.Statement) string {
	one := iampolicy.Document{Version: declared.Version, Statements: []iampolicy.Statement{wanted}}
	if len(iampolicy.Compare(is.Only("Allow"), one)) > 0 {
		return "no statement surely allows it"
	}
	if by := is.MayDeny(wanted, declared); len(by) > 0 {
		return "statement " + strings.Join(by, " and ") + ", which isn't declared, may deny it"
	}
	return ""
}
