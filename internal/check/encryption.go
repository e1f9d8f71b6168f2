package check

import (
	"fmt"
	"slices"
	"strings"

	"datalock/internal/check/iampolicy"
)

// strength orders the algorithms of default encryption.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
var strength = map[string]int{"AES256": 1, "aws:kms": 2, "aws:kms:dsse": 3}

// An encrypting is the default encryption of a bucket before and after.
type encrypting struct {
	at            *resource
	argument      []string // of the bucket, if it is declared there
	before, after any
}

// byDefault is the path of the block with the algorithm and the key.
var byDefault = []string{"rule", "apply_server_side_encryption_by_default"}

// unknown reports whether a value of the default encryption isn't known yet.
func (e encrypting) unknown(name string) bool {
	return e.at.unknownIn(slices.Concat(e.argument, byDefault, []string{name})...) != ""
}

// encryptions returns the default encryptions after the apply, those declared
// in the bucket resource included.
func (s *Subject) encryptions() []encrypting {
	var all []encrypting
	argument := inline[encryptionType]
	for _, r := range s.ofType[encryptionType] {
		if !r.stays() {
			continue
		}
		e := encrypting{at: r, before: r.before, after: r.after}
		if r.before == nil && r.bucket != nil {
			e.before = at(r.bucket.before, argument)
		}
		all = append(all, e)
	}
	for _, b := range s.ofType[bucketType] {
		if b.stays() && b.setsInline(argument) {
			all = append(all, encrypting{b, []string{argument}, at(b.before, argument), at(b.after, argument)})
		}
	}
	return all
}

func findEncryptionWeakened(s *Subject, found report) {
	for _, e := range s.encryptions() {
		before, after := at(e.before, byDefault...), at(e.after, byDefault...)
		was, is := text(before, "sse_algorithm"), text(after, "sse_algorithm")
		key, renewed := text(before, "kms_master_key_id"), text(after, "kms_master_key_id")
		if s.unmanagedTarget(e.at) {
			found(e.at, "what default encryption there was isn't known, and it can't be judged that this one is not weaker")
		}
		switch {
		case e.unknown("sse_algorithm"):
		case strength[is] == 0:
			found(e.at, fmt.Sprintf("the default encryption is %q", is))
		case strength[is] < strength[was]:
			found(e.at, "the default encryption goes from "+was+" to "+is)
		case strength[was] > 1 && key != renewed && !e.unknown("kms_master_key_id"):
			found(e.at, fmt.Sprintf("the key of the default encryption goes from %q to %q", key, renewed))
		case strength[was] == 1 && foreign(renewed, s.ownerOf(e.at)):
			found(e.at, fmt.Sprintf("the default encryption goes from %s to the key %s, of another account than the bucket",
				was, renewed))
		}
		if freed := e.unblocked(); freed != "" {
			found(e.at, "the default encryption no longer blocks "+freed)
		}
	}
	for _, r := range s.ofType[aliasType] {
		was, is := text(r.before, "target_key_id"), text(r.after, "target_key_id")
		if r.stays() && was != "" && was != is && r.unknownIn("target_key_id") == "" {
			found(r, fmt.Sprintf("the alias, which a default encryption names, goes from the key %q to %q", was, is))
		}
	}
}

// foreign reports whether an ARN is certainly of another account than the owner.
func foreign(arn, owner string) bool {
	account := iampolicy.AccountOf(arn)
	return account != "" && owner != "" && account != owner
}

// blockedTypes is the argument that names encryptions that the bucket refuses.
const blockedTypes = "blocked_encryption_types"

// unblocked returns an encryption that the bucket refused and will take, or "".
// The argument exists since version 6 of the provider.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_BlockedEncryptionTypes.html
func (e encrypting) unblocked() string {
	blocked := func(values any) []string { return texts(at(values, "rule", blockedTypes)) }
	if hasTrue(at(e.at.unknown, slices.Concat(e.argument, []string{"rule", blockedTypes})...)) {
		return ""
	}
	for _, kind := range blocked(e.before) {
		if kind != "NONE" && !slices.Contains(blocked(e.after), kind) {
			return kind
		}
	}
	return ""
}

// encryptsByAlias reports whether a default encryption names an alias of a key.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
func (s *Subject) encryptsByAlias(alias *resource) bool {
	names := map[string]bool{}
	for _, values := range alias.everyValues() {
		names[text(values, "name")], names[text(values, "arn")] = true, true
	}
	delete(names, "")
	for _, r := range slices.Concat(s.ofType[encryptionType], s.ofType[bucketType]) {
		path := byDefault
		if r.kind == bucketType {
			path = slices.Concat([]string{inline[encryptionType]}, byDefault)
		}
		for _, values := range r.everyValues() {
			if names[text(values, slices.Concat(path, []string{"kms_master_key_id"})...)] {
				return true
			}
		}
	}
	return false
}

// keys calls f for every KMS resource that exists after the apply.
func (s *Subject) keys(f func(r *resource)) {
	for _, r := range s.resources {
		if strings.HasPrefix(r.kind, "aws_kms_") && r.stays() {
			f(r)
		}
	}
}

func findKeyDeletionSooner(s *Subject, found report) {
	// KMS waits 30 days by default.
	days := func(values object) float64 {
		if n := number(values, "deletion_window_in_days"); n != 0 {
			return n
		}
		return 30
	}
	s.keys(func(r *resource) {
		if before, after := days(r.before), days(r.after); r.before != nil && after < before {
			found(r, fmt.Sprintf("the waiting period before the deletion goes from %g to %g days", before, after))
		}
	})
}

func findKeyRotationOff(s *Subject, found report) {
	s.keys(func(r *resource) {
		before, after := number(r.before, "rotation_period_in_days"), number(r.after, "rotation_period_in_days")
		switch {
		case boolAt(r.before, "enable_key_rotation") && !boolAt(r.after, "enable_key_rotation") &&
			r.unknownIn("enable_key_rotation") == "":
			found(r, "the key is no longer rotated")
		case before > 0 && after > before:
			found(r, fmt.Sprintf("the key is rotated every %g days, it was %g", after, before))
		}
	})
}

func findKeyDisabled(s *Subject, found report) {
	s.keys(func(r *resource) {
		for _, attribute := range []string{"is_enabled", "enabled"} {
			if value := at(r.after, attribute); value == false || value == "false" {
				found(r, "the key is disabled")
			}
		}
		// KMS deletes imported key material once it has expired.
		was, is := text(r.before, "valid_to"), text(r.after, "valid_to")
		if r.before != nil && is != "" && (was == "" || !notEarlier(was, is)) {
			found(r, fmt.Sprintf("the key's material expires at %s, it was %q", is, was))
		}
	})
}
