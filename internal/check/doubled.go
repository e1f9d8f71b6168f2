package check

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// single are the types that a bucket, a key or a topic can have only once: of two
// resources, AWS keeps what was written last.
var single = []string{
	versioningType, lockType, blockType, ownershipType, encryptionType, policyType, lifecycleType, keyPolicyType,
	loggingType, notificationType, replicationType, topicPolicyType,
}

// singleByName are the types of which AWS keeps one for each name, and the arguments
// that make the name: another resource of the same name replaces the first.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
var singleByName = map[string][]string{
	inventoryType:   {"name"}, // of a bucket
	alarmType:       {"event_bus_name", "name"},
	alarmTargetType: {"event_bus_name", "rule", "target_id"},
	rolePolicyType:  {"role", "name"},
}

func findGuardDoubled(s *Subject, found report) {
	same := bySpot(s.resources)
	for _, r := range s.resources {
		if others := same[r.spot()]; r.stays() && len(others) > 1 {
			found(r, fmt.Sprintf("%d resources declare %s of the same %s, and the last one to be applied counts",
				len(others), guards[r.kind].what, r.spotOf()))
		}
	}
	for _, b := range s.resources {
		for _, kind := range single {
			if b.stays() && b.guardedBy[kind] && b.setsInline(inline[kind]) {
				found(b, fmt.Sprintf("its argument %s and a resource both declare %s, and the last one to be applied counts",
					inline[kind], guards[kind].what))
			}
		}
	}
}

// A spot is where AWS keeps a single resource of a type.
type spot struct {
	kind  string
	owner any
	name  string
}

// spot returns where a resource is kept, or the zero value if several can be there
// or that isn't known.
func (r *resource) spot() spot {
	switch arguments, named := singleByName[r.kind]; {
	case named:
		p := spot{kind: r.kind}
		if r.kind == inventoryType {
			if p.owner = r.owner(); p.owner == nil {
				return spot{}
			}
		}
		for _, argument := range arguments {
			value := text(r.after, argument)
			if argument == "event_bus_name" {
				value = cmp.Or(value, "default")
			}
			if value == "" {
				return spot{}
			}
			p.name += value + "\x00"
		}
		return p
	case slices.Contains(single, r.kind) && r.owner() != nil:
		return spot{kind: r.kind, owner: r.owner()}
	}
	return spot{}
}

// spotOf says of what the resources in one spot are the same.
func (r *resource) spotOf() string {
	switch _, named := singleByName[r.kind]; {
	case named:
		return "name"
	case r.kind == topicPolicyType:
		return "topic"
	}
	return r.owned()
}

// bySpot groups the resources that the apply leaves by the spot where AWS keeps one.
func bySpot(resources []*resource) map[spot][]*resource {
	all := map[spot][]*resource{}
	for _, r := range resources {
		if p := r.spot(); r.stays() && p != (spot{}) {
			all[p] = append(all[p], r)
		}
	}
	return all
}

// owner returns what a guard belongs to: the bucket, key or topic or, if that isn't
// here, its name. It is nil if neither is known.
func (r *resource) owner() any {
	switch {
	case r.bucket != nil:
		return r.bucket
	case r.key != nil:
		return r.key
	case r.topic != nil:
		return r.topic
	}
	for _, name := range []string{"bucket", "key_id", "arn"} {
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
	return r.declaresInline(argument) || slices.Contains(computed, argument) &&
		found != nil && r.stays() && !hasTrue(at(r.unknown, argument)) &&
		!reflect.DeepEqual(written(found[argument]), written(r.after[argument]))
}

// isKey reports whether resources of a type are KMS keys.
func isKey(kind string) bool {
	keys := []string{keyType, "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_replica_external_key"}
	return slices.Contains(keys, kind)
}
