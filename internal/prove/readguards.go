package prove

import (
	"fmt"
	"strconv"
	"strings"

	"datalock/internal/policy"
	"datalock/settings"
)

// ReadGuards returns the guards in the Deny statements of a bucket's policy, and
// all its statements. A statement for some principals, some objects or further
// conditions only isn't a guard of the bucket. A policy that isn't valid JSON has
// none.
func ReadGuards(text, bucket string) Guards {
	var g Guards
	document, err := policy.Read(text)
	if err != nil {
		return g
	}
	for i, s := range document.Statement {
		statement := Statement{Sid: s.Sid}
		if s.Sid == "" {
			statement.Sid = fmt.Sprintf("statement %d", i+1)
		}
		if s.Effect == "Deny" {
			g.read(&statement, s, bucket)
		}
		g.Statements = append(g.Statements, statement)
		for _, guard := range statement.Guards {
			if !g.Declares(guard) {
				g.Declared = append(g.Declared, guard)
			}
		}
	}
	return g
}

// read adds the guards of one statement to it.
func (g *Guards) read(to *Statement, s policy.Statement, bucket string) {
	with := *g
	found := guardsByAction(s.Action)
	if guard := with.readConditions(s.Condition); guard != "" {
		found = append(found, guard)
	}
	except, others := exceptions(s.Condition)
	for _, guard := range found {
		if why := narrowed(guard, s, bucket, others); why != "" {
			to.Untested = why
			continue
		}
		to.Guards = append(to.Guards, guard)
	}
	if len(to.Guards) > 0 {
		*g, to.Except, to.Untested = with, except, ""
	}
}

// guardsByAction returns the guards that the actions of a statement identify.
func guardsByAction(actions policy.Values) []Guard {
	var found []Guard
	for _, action := range actions {
		switch strings.ToLower(action) {
		case "s3:deleteobject":
			found = append(found, NoDeleteMarkers)
		case "s3:deleteobjectversion":
			found = append(found, NoDeletion)
		case "s3:bypassgovernanceretention":
			found = append(found, NoBypass)
		case "s3:putbucketobjectlockconfiguration":
			found = append(found, SealConfiguration)
		case "s3:putobjectacl":
			found = append(found, SealACLs)
		case "s3:putobjectlegalhold":
			found = append(found, SealHolds)
		}
	}
	return found
}

// The condition keys that identify guards, in lower case.
const (
	keyAlgorithm   = "s3:x-amz-server-side-encryption"
	keyKMS         = "s3:x-amz-server-side-encryption-aws-kms-key-id"
	keyCustomer    = "s3:x-amz-server-side-encryption-customer-algorithm"
	keyRemaining   = "s3:object-lock-remaining-retention-days"
	keyMode        = "s3:object-lock-mode"
	keyEventHold   = "s3:object-lock-event-hold"
	keyIfNoneMatch = "s3:if-none-match"
)

// readConditions returns the guard that a statement's conditions identify.
func (g *Guards) readConditions(conditions policy.Conditions) Guard {
	value := func(operator, key string) (string, bool) {
		for name, values := range conditions[operator] {
			if strings.ToLower(name) == key && len(values) > 0 {
				return values[0], true
			}
		}
		return "", false
	}
	if v, ok := value("Bool", "aws:securetransport"); ok && v == "false" {
		return TLSOnly
	}
	if v, ok := value("NumericLessThan", "s3:tlsversion"); ok {
		g.MinimumTLS = v
		return OldTLS
	}
	if v, ok := value("StringEquals", keyMode); ok && v == string(settings.Governance) {
		return NoWeakerMode
	}
	if _, ok := value("NumericLessThan", keyRemaining); ok {
		return RetentionFloor
	}
	if v, ok := value("NumericGreaterThan", keyRemaining); ok {
		if days, err := strconv.Atoi(v); err == nil {
			g.CeilingDays = days
		}
		return RetentionCeiling
	}
	if _, ok := value("StringEquals", keyEventHold); ok {
		return NoEventHold
	}
	return g.readNulls(value)
}

// readNulls finds the guards identified by whether a request names a header.
func (g *Guards) readNulls(value func(operator, key string) (string, bool)) Guard {
	if v, ok := value("Null", keyIfNoneMatch); ok && v == "true" {
		return WriteOnce
	}
	if v, ok := value("Null", keyCustomer); ok && v == "false" {
		return NoCustomerKey
	}
	if v, ok := value("Null", keyKMS); ok {
		if v == "true" {
			return NoUnnamedKey
		}
		return NoOtherKey
	}
	if v, ok := value("Null", keyAlgorithm); ok && v == "false" {
		g.Algorithm, _ = value("StringNotEquals", keyAlgorithm)
		return SameEncryption
	}
	return ""
}
