package check

import (
	"fmt"
	"strings"
)

// inline tells which argument of the bucket or the key itself declares a guard,
// as all of the bucket's once did.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-4-upgrade#s3-bucket-refactor
var inline = map[string]string{
	versioningType: "versioning",
	encryptionType: "server_side_encryption_configuration",
	policyType:     "policy",
	lifecycleType:  "lifecycle_rule",
	lockType:       "object_lock_configuration",
	keyPolicyType:  "policy",
}

func findGuardMissing(s *Subject, found report) {
	for _, b := range s.ofType[bucketType] {
		if !b.stays() || !b.locked {
			continue
		}
		for _, kind := range needed {
			if !b.guardedBy[kind] && !b.declaresInline(inline[kind]) {
				found(b, "the bucket has no "+strings.TrimPrefix(guards[kind].what, "the ")+" ("+kind+")")
			}
		}
	}
}

func findUnknown(s *Subject, found report) {
	for _, r := range s.resources {
		if !r.stays() {
			continue
		}
		if r.repeated {
			found(r, "how many there are, if any, is decided by count or for_each, and only a plan tells")
		}
		for _, attribute := range guards[r.kind].matters {
			unknown := at(r.unknown, strings.Split(attribute, ".")...)
			if attribute == "object_lock_enabled" && r.kind == bucketType && !unknownLock(r) {
				continue
			}
			if hasTrue(unknown) && !s.keyInTheMaking(r, unknown) {
				found(r, attribute+" is not known when the plan is made")
			}
		}
	}
}

// keyInTheMaking allows the one value that can't be known: the ARN of a key
// that the same plan makes.
func (s *Subject) keyInTheMaking(r *resource, unknown any) bool {
	if r.kind != encryptionType || r.before != nil {
		return false
	}
	const id = "kms_master_key_id"
	for _, rule := range blocks(unknown) {
		for _, by := range blocks(rule, "apply_server_side_encryption_by_default") {
			if values, is := by.(object); is {
				for name, value := range values {
					if name != id && hasTrue(value) {
						return false
					}
				}
			}
		}
		if values, is := rule.(object); is {
			for name, value := range values {
				if name != "apply_server_side_encryption_by_default" && name != "bucket_key_enabled" && hasTrue(value) {
					return false
				}
			}
		} else {
			return false
		}
	}
	for _, key := range s.ofType[keyType] {
		for _, reference := range r.refersTo {
			if key.stays() && withoutKeys(key.address) == reference {
				return true
			}
		}
	}
	return false
}

func findPublicAccess(s *Subject, found report) {
	for _, kind := range []string{blockType, accountBlock} {
		for _, r := range s.ofType[kind] {
			var off []string
			for _, setting := range blockSettings {
				if r.stays() && !truth(r.after, setting) && !hasTrue(at(r.unknown, setting)) {
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
		if r.stays() && is != "BucketOwnerEnforced" && !hasTrue(at(r.unknown, "rule", "object_ownership")) {
			found(r, fmt.Sprintf("the object ownership is %q, not BucketOwnerEnforced", is))
		}
	}
}
