package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A retention is a default retention. Years count as 365 days.
type retention struct {
	mode string
	days float64
}

// retentionOf reads the default retention from a lock configuration.
func retentionOf(lock any) retention {
	rule := at(lock, "rule", "default_retention")
	return retention{mode: text(rule, "mode"), days: number(rule, "days") + 365*number(rule, "years")}
}

func (r retention) String() string {
	if r == (retention{}) {
		return "none"
	}
	return r.mode + " for " + days(r.days)
}

// A locking is the lock configuration of a bucket before and after.
type locking struct {
	at            *resource
	argument      []string // of the bucket, if it is declared there
	before, after any
}

// unknownIn reports whether a value of the lock configuration isn't known yet.
func (l locking) unknownIn(path ...string) bool {
	return l.at.unknownIn(append(slices.Clone(l.argument), path...)...) != ""
}

// lockings returns the lock configurations after the apply, those declared in
// the bucket resource included. A new lock resource of an existing bucket is
// compared with what the bucket resource declared before.
func (s *Subject) lockings() []locking {
	var all []locking
	for _, r := range s.ofType[lockType] {
		if !r.stays() {
			continue
		}
		l := locking{at: r, after: r.after}
		switch {
		case r.before != nil:
			l.before = r.before
		case r.bucket != nil:
			l.before = at(r.bucket.before, inline[lockType])
		}
		all = append(all, l)
	}
	for _, b := range s.ofType[bucketType] {
		argument := inline[lockType]
		asBefore := !b.guardedBy[lockType] && !s.losesLock(b, (*resource).destroys)
		if b.stays() && b.locked && (asBefore || b.setsInline(argument)) {
			all = append(all, locking{b, []string{argument}, at(b.before, argument), at(b.after, argument)})
		}
	}
	return all
}

// losesLock reports whether a lock configuration of a bucket doesn't stay, in some way.
func (s *Subject) losesLock(b *resource, lost func(*resource) bool) bool {
	return slices.ContainsFunc(s.ofType[lockType], func(r *resource) bool {
		return (r.bucket == b && !r.stays() || r.former == b) && lost(r)
	})
}

// forgetsLock reports whether Terraform is told to forget a default retention, which
// then stays in the bucket.
func forgetsLock(r *resource) bool { return r.forgotten() && retentionOf(r.before).days > 0 }

func findLockMissing(s *Subject, found report) {
	for _, b := range s.ofType[bucketType] {
		switch {
		case !b.stays() || b.evidence:
		case (b.creates() && !b.imported || b.destroys()) && !boolAt(b.after, "object_lock_enabled") &&
			!lockedInline(b.after) && !unknownLock(b):
			found(b, "the bucket is made without Object Lock")
		case s.losesLock(b, forgetsLock): // the rule forgotten finds it
		case !b.guardedBy[lockType] && (!b.declaresInline(inline[lockType]) ||
			retentionOf(at(b.after, "object_lock_configuration")).days <= 0):
			found(b, "the bucket has no lock configuration with a default retention")
		}
	}
}

// unknownLock reports whether it isn't known yet if a bucket has Object Lock.
// An argument that isn't declared is unknown in the plan too, but means off.
func unknownLock(b *resource) bool {
	return b.declares["object_lock_enabled"] && b.unknownIn("object_lock_enabled") != ""
}

func findLockRemoved(s *Subject, found report) {
	for _, l := range s.lockings() {
		enabled := at(l.after, "object_lock_enabled")
		switch {
		case l.unknownIn("rule") || l.unknownIn("object_lock_enabled"):
		case enabled != nil && enabled != "Enabled":
			found(l.at, fmt.Sprintf("Object Lock is %q, not Enabled", Printable(fmt.Sprint(enabled))))
		case l.at.kind == lockType && retentionOf(l.after).days <= 0,
			retentionOf(l.before).days > 0 && retentionOf(l.after).days <= 0:
			found(l.at, "there is no default retention; before it was "+retentionOf(l.before).String())
		}
	}
}

func findModeWeakened(s *Subject, found report) {
	for _, l := range s.lockings() {
		before, after := retentionOf(l.before), retentionOf(l.after)
		switch {
		case l.unknownIn("rule", "default_retention", "mode") || after.days <= 0 && after.mode == "":
		case before.mode == "COMPLIANCE" && after.mode != "COMPLIANCE", before.mode != "" && after.mode == "":
			found(l.at, fmt.Sprintf("the mode of the default retention goes from %s to %s",
				before.mode, cmp.Or(after.mode, "none")))
		}
	}
}

func findRetentionShortened(s *Subject, found report) {
	for _, l := range s.lockings() {
		before, after := retentionOf(l.before), retentionOf(l.after)
		if s.unmanagedTarget(l.at) {
			found(l.at, "what default retention there was isn't known, and it can't be judged that this one is not shorter")
		}
		if after.days > 0 && after.days < before.days {
			found(l.at, fmt.Sprintf("the default retention goes from %s to %s", plain(before.days), days(after.days)))
		}
	}
}

func findObjectUnlocked(s *Subject, found report) {
	for _, r := range s.resources {
		if !isObject(r.kind) || !r.stays() {
			continue
		}
		was, is := text(r.before, "object_lock_mode"), text(r.after, "object_lock_mode")
		until, now := text(r.before, "object_lock_retain_until_date"), text(r.after, "object_lock_retain_until_date")
		switch {
		case was == "COMPLIANCE" && is != was, was != "" && is == "":
			found(r, fmt.Sprintf("the object's retention mode goes from %s to %q", was, is))
		case until != "" && !notEarlier(until, now):
			found(r, fmt.Sprintf("the object is retained until %q, it was %s", now, until))
		case text(r.before, "object_lock_legal_hold_status") == "ON" &&
			text(r.after, "object_lock_legal_hold_status") != "ON":
			found(r, "the object's legal hold is lifted")
		}
	}
}

// notEarlier reports whether the RFC 3339 time after isn't earlier than before.
// A time that can't be parsed counts as earlier.
func notEarlier(before, after string) bool {
	b, err1 := time.Parse(time.RFC3339, before)
	a, err2 := time.Parse(time.RFC3339, after)
	return before == after || err1 == nil && err2 == nil && !a.Before(b)
}

func findVersioningOff(s *Subject, found report) {
	for _, b := range s.ofType[bucketType] {
		if b.stays() && b.judged() && (b.declares["versioning"] || b.setsInline("versioning")) &&
			!boolAt(b.after, "versioning", "enabled") &&
			b.unknownIn("versioning") == "" {
			found(b, "versioning is not enabled in the bucket's own argument")
		}
	}
	for _, r := range s.ofType[versioningType] {
		if !r.stays() || r.unknownIn("versioning_configuration", "status") != "" {
			continue
		}
		status := text(r.after, "versioning_configuration", "status")
		if status != "Enabled" {
			found(r, fmt.Sprintf("versioning is %q, not Enabled", status))
		}
		before := text(r.before, "versioning_configuration", "mfa_delete")
		after := text(r.after, "versioning_configuration", "mfa_delete")
		if strings.EqualFold(before, "Enabled") && strings.EqualFold(after, "Disabled") {
			found(r, "MFA delete is switched off")
		}
	}
}
