package check

import (
	"cmp"
	"slices"
	"strings"
)

// link finds the bucket or key of each guard, and drops resources that neither
// hold nor guard locked data. In doubt a resource stays.
func (s *Subject) link() {
	s.linkBuckets()
	s.markLocked()
	s.markEvidence()
	s.nameLocked()
	s.linkKeys()
	s.linkTopics()
	s.markWaiters()
	s.markReporting()
	s.markWorking()
	s.markGuarded()
	counted := map[*resource]bool{} // before anything is dropped
	for _, r := range s.resources {
		counted[r] = s.counts(r)
	}
	for _, same := range bySpot(s.resources) {
		if slices.ContainsFunc(same, func(r *resource) bool { return counted[r] }) {
			for _, r := range same {
				counted[r] = true // it replaces one that counts
			}
		}
	}
	s.keep(func(r *resource) bool { return counted[r] })
}

// linkBuckets finds the bucket of each guard by the bucket's name or, if the
// name isn't known yet, by the references in the configuration.
func (s *Subject) linkBuckets() {
	named := s.byName(s.ofType[bucketType], "bucket")
	at := byAddress(s.ofType[bucketType])
	var all []*resource
	for _, r := range s.resources {
		if r.kind == bucketType || strings.HasPrefix(r.kind, "aws_kms_") || r.kind == accountBlock || isSurrounding(r.kind) {
			continue
		}
		all = append(all, r)
		r.bucket, r.former, r.moved = named.sides(r, "bucket", at)
	}
	leads := &follower{holders: at, guards: byAddress(s.resources), argument: "bucket", planned: s.planned,
		lookups: s.lookups}
	for _, r := range all {
		switch {
		case r.bucket != nil && leads.looksUp(r):
			r.bucket = nil
			continue
		case r.bucket != nil || r.moved:
			continue
		}
		t := leads.of(r)
		if r.bucket = leads.certain(t); r.bucket == nil && !t.leads() {
			r.bucket = s.onlyBucket(r)
		}
		if r.among = t.among(); r.among != nil {
			r.decidedBy = "an expression with several buckets, and the plan doesn't show which; write a resource for each bucket"
		}
	}
	s.fillTargets(leads)
}

// linkKeys finds the key of each key policy by the key's id or ARN, or else by
// the references in the configuration.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key_policy
func (s *Subject) linkKeys() {
	keys := s.allKeys()
	named, at := s.byName(keys, "key_id", "id", "arn"), byAddress(keys)
	for _, r := range s.ofType[keyPolicyType] {
		if r.key, _, r.moved = named.sides(r, "key_id", at); r.key == nil && !r.moved {
			leads := &follower{holders: at, argument: "key_id", planned: s.planned, lookups: s.lookups}
			r.key = leads.certain(leads.of(r))
		}
	}
}

// allKeys returns the KMS keys.
func (s *Subject) allKeys() []*resource {
	var keys []*resource
	for _, r := range s.resources {
		if isKey(r.kind) {
			keys = append(keys, r)
		}
	}
	return keys
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

// sides returns what a guard is for after the apply, by its name, by the name before
// it, or by the references in the configuration; and if it was for something else
// before, what that was. Each is nil if it isn't in the file.
func (d directory) sides(
	guard *resource,
	argument string,
	at map[string][]*resource,
) (is, former *resource, moved bool) {
	was, becomes := text(guard.before, argument), text(guard.after, argument)
	if becomes != "" && was != "" && was != becomes && (d[was] == nil || d[was] != d[becomes]) {
		return d[becomes], d[was], true
	}
	for _, name := range []string{becomes, was} {
		if is = d[name]; is != nil {
			return is, nil, false
		}
	}
	if becomes != "" && !reference.MatchString(becomes) {
		return nil, nil, false
	}
	return referred(guard, argument, at), nil, false
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

// onlyBucket returns the only bucket of a plan for a guard whose bucket isn't known,
// if only a local value or a variable of the root module names it, which a plan
// doesn't show. If the bucket exists, its name is known, and the guard's would be.
func (s *Subject) onlyBucket(guard *resource) *resource {
	buckets := s.ofType[bucketType]
	if len(buckets) != 1 || text(guard.after, "bucket") != "" || text(guard.before, "bucket") != "" {
		return nil
	}
	if b := buckets[0]; !guard.stays() || s.Kind == Stack || (b.creates() || b.replaced()) && !s.lookups {
		return b
	}
	return nil
}

// markLocked marks the buckets whose data is or was locked.
func (s *Subject) markLocked() {
	for _, r := range s.resources {
		switch {
		case r.kind == bucketType && mayLock(r):
			r.locked = true
		case r.kind == lockType:
			for _, b := range []*resource{r.bucket, r.former} {
				if b != nil {
					b.locked = true
				}
			}
		}
	}
}

// markGuarded records for each bucket and key its guards after the apply, and those
// that may be its own.
func (s *Subject) markGuarded() {
	for _, r := range s.resources {
		if !r.stays() || r.hollow() {
			continue
		}
		for _, of := range append(r.among, cmp.Or(r.bucket, r.key)) {
			if of == nil {
				continue
			}
			if of.guardedBy == nil {
				of.guardedBy = map[string]bool{}
			}
			of.guardedBy[r.kind] = true
		}
	}
}

// counts reports whether a resource may hold or guard locked data. A new bucket, also
// in place of another one, counts even without a lock, so that lock-missing finds it; its
// guards don't, so that one mistake gives one finding.
func (s *Subject) counts(r *resource) bool {
	switch {
	case r.lost && r.before == nil:
		return true // it may be about anything
	case r.kind == attachmentType:
		return r.works.is
	case r.kind == aliasType:
		return s.encryptsByAlias(r)
	case r.kind == topicType && !s.forAlarms(r), r.kind == notificationType && !r.reportsCopies() && len(r.waiters) == 0:
		return false
	case isSurrounding(r.kind):
		return s.aboutLocked(r) || s.aboutTopic(r) || r.reports || r.works.is
	case r.kind == bucketType:
		return r.locked || r.evidence || r.creates() || r.replaced()
	case isObject(r.kind):
		return lockedObject(r)
	}
	if r.among != nil {
		return slices.ContainsFunc(r.among, (*resource).judged)
	}
	return r.bucket == nil || r.bucket.judged() || r.moved && (r.former == nil || r.former.judged())
}

// judged reports whether a bucket's guards are judged.
func (r *resource) judged() bool { return r.locked || r.evidence }

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
		lockedInline(b.before) || lockedInline(b.after)
}

// lockedInline reports whether the bucket's own argument, as before version 4 of the
// provider, switches Object Lock on.
func lockedInline(values object) bool {
	return text(values, inline[lockType], "object_lock_enabled") == "Enabled"
}

func isObject(kind string) bool {
	return strings.HasSuffix(kind, "_object") || strings.HasSuffix(kind, "_object_copy")
}

// lockedObject reports whether an object has, gets or may get a retention or legal
// hold. A new one gets the default retention of its bucket.
func lockedObject(r *resource) bool {
	byDefault := r.creates() && r.bucket != nil && r.bucket.locked
	unknown := slices.ContainsFunc(objectSettings, func(argument string) bool {
		return r.declares[argument] && r.unknownIn(argument) != ""
	})
	return byDefault || unknown || r.unseen() || slices.ContainsFunc(r.everyValues(), func(values object) bool {
		return text(values, "object_lock_mode") != "" || text(values, "object_lock_legal_hold_status") == "ON"
	})
}
