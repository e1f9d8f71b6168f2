package check

import (
	"fmt"
	"slices"
	"strings"
)

// inline maps the type of a guard to the argument of aws_s3_bucket or of the
// key that declares the same. Provider 4 split the bucket's into resources.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-4-upgrade#s3-bucket-refactor
var inline = map[string]string{
	versioningType: "versioning",
	encryptionType: "server_side_encryption_configuration",
	policyType:     "policy",
	lifecycleType:  "lifecycle_rule",
	lockType:       "object_lock_configuration",
	keyPolicyType:  "policy",
	loggingType:    "logging",

	replicationType: inlineReplication,
}

func findGuardMissing(s *Subject, found report) {
	for _, b := range s.ofType[bucketType] {
		if !b.stays() || !b.locked && !b.evidence {
			continue
		}
		for _, kind := range needed {
			if !b.guardedBy[kind] && !b.declaresInline(inline[kind]) {
				found(b, fmt.Sprintf("the %s declares no %s for the bucket (%s)",
					s.Kind, strings.TrimPrefix(guards[kind].what, "the "), kind))
			}
		}
	}
}

func findUnknown(s *Subject, found report) {
	for _, r := range s.resources {
		if r.kind == bucketType && !r.judged() {
			continue // made without Object Lock, which is the finding
		}
		if r.repeated {
			found(r, "how many there are, if any, is decided by count or for_each, and only a plan tells")
		}
		if r.decidedBy != "" && r.before == nil {
			found(r, "which "+r.owned()+" it belongs to is decided by "+r.decidedBy)
		}
		may := s.mayBeUnknown(r)
		matters := guards[r.kind].matters
		if r.before != nil {
			matters = mattersOf(r.kind)
		}
		for _, attribute := range matters {
			if r.before != nil && r.maySet(attribute) {
				continue
			}
			if place := r.unknownBut(may, strings.Split(attribute, ".")...); place != "" {
				found(r, place+" is not known when the plan is made"+r.namedIn(place))
			}
		}
	}
}

// namedIn says what an argument that isn't known refers to, and the fix.
func (r *resource) namedIn(place string) string {
	argument, _, _ := strings.Cut(place, ".")
	if names := r.namesIn(argument); len(names) > 0 {
		return ": it refers to " + names[0] + "; use a value that is known then"
	}
	return ""
}

// mayBeUnknown returns the places in a guard whose values need not be known:
// bucket_key_enabled of a default encryption, which only affects costs, the ARN of a key
// that the same plan creates, if it replaces none, the role of a replication that doesn't
// go to a locked bucket, and the prefix of the logs of a bucket that isn't here. Of a
// new guard it is also the provider's default where a block may have set it: MFA
// delete, if the bucket doesn't have it, the key of AES256, which has none, and what a
// new bucket blocks.
func (s *Subject) mayBeUnknown(r *resource) []string {
	var may []string
	switch {
	case r.kind == encryptionType:
		may = []string{"rule.bucket_key_enabled"}
	case r.kind == loggingType && r.bucket == nil:
		may = []string{"target_prefix"}
	}
	if r.kind == replicationType && !s.copiesToLocked(r) {
		may = append(may, "role")
	}
	if r.before == nil && r.bucket != nil {
		switch r.kind {
		case versioningType:
			if !boolAt(r.bucket.before, inline[versioningType], "mfa_delete") {
				may = append(may, "versioning_configuration.mfa_delete")
			}
		case encryptionType:
			if text(r.after, slices.Concat(byDefault, []string{"sse_algorithm"})...) == "AES256" {
				may = append(may, keyPlaces[encryptionType])
			}
			if r.bucket.before == nil {
				may = append(may, "rule."+blockedTypes)
			}
		}
	}
	for _, key := range s.ofType[keyType] {
		if r.before == nil && !r.replacesKey() && key.creates() && slices.Contains(r.refersTo, withoutKeys(key.address)) {
			may = append(may, keyPlaces[r.kind])
		}
	}
	return may
}

// replacesKey reports whether a default encryption that the plan makes is of a
// bucket that has another key.
func (r *resource) replacesKey() bool {
	if r.kind != encryptionType || r.bucket == nil {
		return false
	}
	algorithm := slices.Concat([]string{inline[encryptionType]}, byDefault, []string{"sse_algorithm"})
	return slices.ContainsFunc(r.bucket.everyValues(), func(of object) bool {
		return strength[text(of, algorithm...)] > 1
	})
}

// keyPlaces are the arguments that name the key a resource uses, by type.
var keyPlaces = map[string]string{
	encryptionType:  "rule.apply_server_side_encryption_by_default.kms_master_key_id",
	replicationType: "rule.destination.encryption_configuration.replica_kms_key_id",
}

func findPublicAccess(s *Subject, found report) {
	for _, kind := range []string{blockType, accountBlock} {
		for _, r := range s.ofType[kind] {
			var off []string
			for _, setting := range blockSettings {
				if r.stays() && !boolAt(r.after, setting) && r.unknownIn(setting) == "" {
					off = append(off, setting)
				}
			}
			if len(off) > 0 {
				found(r, strings.Join(off, ", ")+" not true")
			}
		}
	}
}

func findOwnership(s *Subject, found report) {
	for _, r := range s.ofType[ownershipType] {
		is := text(r.after, "rule", "object_ownership")
		if r.stays() && is != "BucketOwnerEnforced" && r.unknownIn("rule", "object_ownership") == "" {
			found(r, fmt.Sprintf("the object ownership is %q, not BucketOwnerEnforced", is))
		}
	}
}
