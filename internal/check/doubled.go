package check

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// single are the types that a bucket or a key can have only once: of two
// resources, AWS keeps what was written last.
var single = []string{
	versioningType, lockType, blockType, ownershipType, encryptionType, policyType, lifecycleType, keyPolicyType,
}

func findGuardDoubled(s *Subject, found report) {
	for _, kind := range single {
		of := map[any][]*resource{}
		for _, r := range s.ofType[kind] {
			if owner := r.owner(); r.stays() && owner != nil {
				of[owner] = append(of[owner], r)
			}
		}
		for _, r := range s.ofType[kind] {
			if others := of[r.owner()]; r.stays() && len(others) > 1 {
				found(r, fmt.Sprintf("%d resources declare %s of the same %s, and the last one to be applied counts",
					len(others), guards[kind].what, r.owned()))
			}
		}
	}
	for _, b := range s.resources {
		for _, kind := range single {
			if b.stays() && b.guardedBy[kind] && b.declaresInline(inline[kind]) {
				found(b, fmt.Sprintf("its argument %s and a resource both declare %s, and the last one to be applied counts",
					inline[kind], guards[kind].what))
			}
		}
	}
}

// owner returns what a guard belongs to: the bucket or key or, if that isn't
// here, its name. It is nil if neither is known.
func (r *resource) owner() any {
	switch {
	case r.bucket != nil:
		return r.bucket
	case r.key != nil:
		return r.key
	}
	for _, name := range []string{"bucket", "key_id"} {
		if name := text(r.after, name); name != "" {
			return name
		}
	}
	return nil
}

func (r *resource) owned() string {
	if r.kind == keyPolicyType {
		return "key"
	}
	return "bucket"
}

// declaresInline reports whether an argument of the bucket or the key itself is
// set to anything but null and "". Of a new bucket, a known value that isn't in the
// configuration is that of a dynamic block.
func (r *resource) declaresInline(argument string) bool {
	byBlock := r.kind == bucketType && r.before == nil && written(r.after[argument]) != nil
	if !r.declares[argument] && !byBlock {
		return false
	}
	switch value := at(r.after, argument).(type) {
	case nil:
		return r.unknownIn(argument) != ""
	case string:
		return strings.TrimSpace(value) != ""
	}
	return true
}

// setsInline reports whether an argument of the bucket itself is declared, or
// changes what Terraform found. A dynamic block isn't in the configuration of a
// plan, and what a separate resource sets isn't in the bucket's change.
func (r *resource) setsInline(argument string) bool {
	found := r.before
	if r.found != nil {
		found = r.found
	}
	return r.declaresInline(argument) || found != nil && r.stays() && !hasTrue(at(r.unknown, argument)) &&
		!reflect.DeepEqual(written(found[argument]), written(r.after[argument]))
}

// isKey reports whether resources of a type are KMS keys.
func isKey(kind string) bool {
	keys := []string{keyType, "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_replica_external_key"}
	return slices.Contains(keys, kind)
}
