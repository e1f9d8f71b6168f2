package judge

import (
	"slices"
	"strings"
	"time"

	"datalock/internal/prove"
	"datalock/settings"
)

// A Bucket describes the bucket that requests are judged for.
type Bucket struct {
	Name string
	// Guards are the guards that the settings declare; Statements are the
	// statements of the bucket's policy, each with its guards.
	Guards     prove.Guards
	Statements []prove.Statement
	Retention  settings.Retention
	// KeyARN is the only key that requests may name, or empty.
	KeyARN string
}

// sids returns the names of the policy's statements with a guard.
func (b Bucket) sids(guard prove.Guard) []string {
	var found []string
	for _, s := range b.Statements {
		if slices.Contains(s.Guards, guard) {
			found = append(found, s.Sid)
		}
	}
	return found
}

// violated returns the declared guards that deny a request.
func (b Bucket) violated(r Request) []prove.Guard {
	if r.Bucket != b.Name {
		return nil
	}
	var found []prove.Guard
	add := func(guard prove.Guard, when bool) {
		if when && b.Guards.Declares(guard) {
			found = append(found, guard)
		}
	}
	add(prove.OldTLS, r.TLS != "" && r.TLS < b.Guards.MinimumTLS)
	add(prove.NoDeleteMarkers, r.deletesCurrent())
	add(prove.WriteOnce, r.creates() && r.header("if-none-match") == "")
	add(prove.NoBypass, strings.EqualFold(r.header("x-amz-bypass-governance-retention"), "true"))
	add(prove.NoEventHold, strings.EqualFold(r.header("x-amz-object-lock-event-hold"), "ON"))
	add(prove.SealACLs, r.Operation == PutObjectACL)
	if r.carries() {
		b.encryption(r, add)
	}
	if r.carries() || r.Operation == PutObjectRetention {
		b.retention(r, add)
	}
	return found
}

// encryption adds the guards that deny a request's encryption.
func (b Bucket) encryption(r Request, add func(prove.Guard, bool)) {
	const name = "x-amz-server-side-encryption"
	algorithm, key := r.header(name), r.header(name+"-aws-kms-key-id")
	add(prove.SameEncryption, algorithm != "" && algorithm != b.Guards.Algorithm)
	add(prove.NoCustomerKey, r.header(name+"-customer-algorithm") != "")
	add(prove.NoOtherKey, key != "" && key != b.KeyARN)
	add(prove.NoUnnamedKey, algorithm == string(settings.KMS) && key == "")
}

// retention adds the guards that deny a request's retention.
func (b Bucket) retention(r Request, add func(prove.Guard, bool)) {
	mode, until := r.retention()
	add(prove.NoWeakerMode, mode == string(settings.Governance))
	if until.IsZero() {
		return
	}
	left := int(until.Sub(r.Time) / (24 * time.Hour))
	// The policy's floor; see docs/guards.md, "Rounding of the retention".
	add(prove.RetentionFloor, left < max(1, b.Retention.TotalDays()-1))
	add(prove.RetentionCeiling, left > b.Guards.CeilingDays)
}
