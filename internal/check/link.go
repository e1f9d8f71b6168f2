package check

import (
	"slices"
	"strings"
)

// link finds out which bucket each guard is of, and drops what neither holds
// nor guards locked data: the guards of buckets that are known to be without
// Object Lock, and objects without a lock. What can't be told stays.
func (s *Subject) link() {
	byName, byAddress := map[string]*resource{}, map[string][]*resource{}
	for _, b := range s.ofType[bucketType] {
		for _, name := range []string{text(b.before, "bucket"), text(b.after, "bucket")} {
			if name != "" && (byName[name] == nil || b.stays()) {
				byName[name] = b
			}
		}
		address := withoutKeys(b.address)
		byAddress[address] = append(byAddress[address], b)
	}
	for _, r := range s.resources {
		if r.kind == bucketType || strings.HasPrefix(r.kind, "aws_kms_") || r.kind == accountBlock {
			continue
		}
		if r.bucket = byName[text(r.after, "bucket")]; r.bucket == nil {
			r.bucket = byName[text(r.before, "bucket")]
		}
		if r.bucket == nil {
			r.bucket = s.referredBucket(r, byAddress)
		}
	}
	for _, r := range s.resources {
		switch {
		case r.kind == bucketType && mayLock(r):
			r.locked = true
		case r.kind == lockType && r.bucket != nil:
			r.bucket.locked = true
		}
	}
	s.linkKeys()
	for _, r := range s.resources {
		of := r.bucket
		if of == nil {
			of = r.key
		}
		if of != nil && r.stays() && !r.hollow() {
			if of.guardedBy == nil {
				of.guardedBy = map[string]bool{}
			}
			of.guardedBy[r.kind] = true
		}
	}
	s.keep(func(r *resource) bool {
		switch {
		case r.kind == bucketType:
			return r.locked || r.creates()
		case isObject(r.kind):
			return lockedObject(r)
		}
		return r.bucket == nil || r.bucket.locked || r.bucket.creates()
	})
}

// referredBucket follows the configuration where the bucket's name isn't known
// yet. Where it leads out of the module, and there is one bucket alone, it is
// that.
func (s *Subject) referredBucket(r *resource, byAddress map[string][]*resource) *resource {
	if b := referred(r, byAddress); b != nil {
		return b
	}
	if buckets := s.ofType[bucketType]; len(buckets) == 1 && text(r.after, "bucket") == "" && text(r.before, "bucket") == "" {
		return buckets[0]
	}
	return nil
}

// referred returns what a guard's configuration names. Of several instances it
// is the one with the guard's own key.
func referred(r *resource, byAddress map[string][]*resource) *resource {
	for _, address := range r.refersTo {
		candidates := byAddress[address]
		same := slices.IndexFunc(candidates, func(b *resource) bool {
			return instancePath(b.address) == instancePath(r.address) && instanceKey(b.address) == instanceKey(r.address)
		})
		switch {
		case same >= 0:
			return candidates[same]
		case len(candidates) == 1:
			return candidates[0]
		}
	}
	return nil
}

// linkKeys finds out which key each key policy is of, by whatever name of the
// key it has, and else by the configuration.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key_policy
func (s *Subject) linkKeys() {
	byName, byAddress := map[string]*resource{}, map[string][]*resource{}
	for _, k := range s.resources {
		if !isKey(k.kind) {
			continue
		}
		for _, values := range []object{k.before, k.after} {
			for _, attribute := range []string{"key_id", "id", "arn"} {
				if name := text(values, attribute); name != "" && (byName[name] == nil || k.stays()) {
					byName[name] = k
				}
			}
		}
		address := withoutKeys(k.address)
		byAddress[address] = append(byAddress[address], k)
	}
	for _, r := range s.ofType[keyPolicyType] {
		if r.key = byName[text(r.after, "key_id")]; r.key == nil {
			r.key = byName[text(r.before, "key_id")]
		}
		if r.key == nil {
			r.key = referred(r, byAddress)
		}
	}
}

// hollow reports whether a guard is declared and says nothing.
func (r *resource) hollow() bool {
	return r.kind == policyType && strings.TrimSpace(text(r.after, "policy")) == "" && !hasTrue(at(r.unknown, "policy"))
}

// mayLock reports whether a bucket has Object Lock, had it, or may get it.
func mayLock(b *resource) bool {
	return b.lost || truth(b.before, "object_lock_enabled") || truth(b.found, "object_lock_enabled") || truth(b.after, "object_lock_enabled") ||
		unknownLock(b) ||
		text(b.before, "object_lock_configuration", "object_lock_enabled") == "Enabled"
}

func isObject(kind string) bool {
	return strings.HasSuffix(kind, "_object") || strings.HasSuffix(kind, "_object_copy")
}

// lockedObject reports whether the state or the plan holds an object's lock.
func lockedObject(r *resource) bool {
	if r.lost {
		return true
	}
	for _, values := range []object{r.before, r.found, r.after} {
		if text(values, "object_lock_mode") != "" || text(values, "object_lock_legal_hold_status") == "ON" {
			return true
		}
	}
	return false
}
