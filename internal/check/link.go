package check

import (
	"slices"
	"strings"
)

// link finds the bucket or key of each guard, and drops resources that neither
// hold nor guard locked data. In doubt a resource stays.
func (s *Subject) link() {
	s.linkBuckets()
	s.markLocked()
	s.markEvidence()
	s.linkKeys()
	s.linkTopics()
	s.markWorking()
	s.markGuarded()
	counted := map[*resource]bool{} // before anything is dropped
	for _, r := range s.resources {
		counted[r] = s.counts(r)
	}
	s.keep(func(r *resource) bool { return counted[r] })
}

// linkBuckets finds the bucket of each guard by the bucket's name or, if the
// name isn't known yet, by the references in the configuration.
func (s *Subject) linkBuckets() {
	named := s.byName(s.ofType[bucketType], "bucket")
	at := byAddress(s.ofType[bucketType])
	for _, r := range s.resources {
		if r.kind == bucketType || strings.HasPrefix(r.kind, "aws_kms_") || r.kind == accountBlock || isSurrounding(r.kind) {
			continue
		}
		r.bucket = named.of(r, "bucket")
		if r.bucket == nil {
			r.bucket = referred(r, "bucket", at)
		}
		if r.bucket == nil {
			r.bucket = s.onlyBucket(r)
		}
	}
}

// linkKeys finds the key of each key policy by the key's id or ARN, or else by
// the references in the configuration.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key_policy
func (s *Subject) linkKeys() {
	var keys []*resource
	for _, r := range s.resources {
		if isKey(r.kind) {
			keys = append(keys, r)
		}
	}
	named, at := s.byName(keys, "key_id", "id", "arn"), byAddress(keys)
	for _, r := range s.ofType[keyPolicyType] {
		r.key = named.of(r, "key_id")
		if r.key == nil {
			r.key = referred(r, "key_id", at)
		}
	}
}

// A directory maps the names that AWS uses to resources.
type directory map[string]*resource

// byName indexes resources by some attributes. Of two with the same name, the
// one that exists after the apply wins.
func (s *Subject) byName(resources []*resource, attributes ...string) directory {
	named := directory{}
	for _, r := range resources {
		for _, values := range []object{r.before, r.after} {
			for _, attribute := range attributes {
				if name := text(values, attribute); name != "" && (named[name] == nil || r.stays()) {
					named[name] = r
				}
			}
		}
	}
	return named
}

// of returns the resource that a guard names after the apply, or else the one
// that it named before.
func (d directory) of(guard *resource, attribute string) *resource {
	if r := d[text(guard.after, attribute)]; r != nil {
		return r
	}
	return d[text(guard.before, attribute)]
}

// byAddress groups the instances of each resource, deposed objects excluded: no
// configuration refers to them. A configuration refers only to the instances in
// its own instance of a module.
func byAddress(resources []*resource) map[string][]*resource {
	at := map[string][]*resource{}
	for _, r := range resources {
		if !r.deposed {
			address := strings.TrimSuffix(r.address, instanceKey(r.address))
			at[address] = append(at[address], r)
		}
	}
	return at
}

// onlyBucket returns the only bucket of a plan for a guard whose bucket isn't
// named, because the reference leads out of the guard's module.
func (s *Subject) onlyBucket(guard *resource) *resource {
	buckets := s.ofType[bucketType]
	if len(buckets) != 1 || text(guard.after, "bucket") != "" || text(guard.before, "bucket") != "" ||
		guard.namesBucket("bucket") {
		return nil
	}
	return buckets[0]
}

// markLocked marks the buckets whose data is or was locked.
func (s *Subject) markLocked() {
	for _, r := range s.resources {
		switch {
		case r.kind == bucketType && mayLock(r):
			r.locked = true
		case r.kind == lockType && r.bucket != nil:
			r.bucket.locked = true
		}
	}
}

// markGuarded records for each bucket and key its guards after the apply.
func (s *Subject) markGuarded() {
	for _, r := range s.resources {
		of := r.bucket
		if of == nil {
			of = r.key
		}
		if of == nil || !r.stays() || r.hollow() {
			continue
		}
		if of.guardedBy == nil {
			of.guardedBy = map[string]bool{}
		}
		of.guardedBy[r.kind] = true
	}
}

// counts reports whether a resource may hold or guard locked data. A new bucket
// counts even without a lock, so that lock-missing finds it; its guards don't,
// so that one mistake gives one finding.
func (s *Subject) counts(r *resource) bool {
	switch {
	case r.lost && r.before == nil:
		return true // it may be about anything
	case r.kind == attachmentType:
		return r.works.is
	case r.kind == topicType && !s.forAlarms(r), r.kind == notificationType && !r.reportsCopies():
		return false
	case isSurrounding(r.kind):
		return s.aboutLocked(r) || s.aboutTopic(r) || r.works.is
	case r.kind == bucketType:
		return r.locked || r.evidence || r.creates()
	case isObject(r.kind):
		return lockedObject(r)
	}
	return r.bucket == nil || r.bucket.locked || r.bucket.evidence
}

// hollow reports whether a resource is an empty bucket policy.
func (r *resource) hollow() bool {
	return r.kind == policyType && strings.TrimSpace(text(r.after, "policy")) == "" && r.unknownIn("policy") == ""
}

// unseen reports whether the plan has no values for a resource in the state: one
// that it doesn't mention, or a deposed object that is already gone.
func (r *resource) unseen() bool {
	return r.before == nil && (r.lost || r.gone)
}

// mayLock reports whether a bucket has Object Lock, had it, or may get it.
func mayLock(b *resource) bool {
	had := func(values object) bool { return boolAt(values, "object_lock_enabled") }
	return b.unseen() || had(b.before) || had(b.found) || had(b.after) || unknownLock(b) ||
		text(b.before, "object_lock_configuration", "object_lock_enabled") == "Enabled"
}

func isObject(kind string) bool {
	return strings.HasSuffix(kind, "_object") || strings.HasSuffix(kind, "_object_copy")
}

// lockedObject reports whether an object has or gets a retention or legal hold.
func lockedObject(r *resource) bool {
	return r.unseen() || slices.ContainsFunc([]object{r.before, r.found, r.after}, func(values object) bool {
		return text(values, "object_lock_mode") != "" || text(values, "object_lock_legal_hold_status") == "ON"
	})
}
