package rehearse

import (
	"slices"

	"datalock/internal/prove"
	"datalock/settings"
)

// ownParts reports whether the buckets of the replica and of the trail can be
// deployed: on the rehearsal's own server, which goes with their locks.
func (in Situation) ownParts() bool { return !in.Shared && !in.DataOnly }

// hasParts reports whether a stack has parts that settings allow on AWS alone.
func hasParts(b settings.Bucket) bool { return b.Replica != nil || b.DataEvents != nil }

// asGuardian reports whether Terraform must be a guardian: some configurations
// come after the policy that seals them. The server has no roles, but the preparer,
// whom no bucket policy binds, as a guardian.
func asGuardian(b settings.Bucket) bool {
	return len(b.Guardians) > 0 && (b.AccessLogs || b.Inventory != nil || b.Replica != nil)
}

// withoutKeys replaces the keys that the stack creates, and returns what it
// replaced.
func withoutKeys(b *settings.Bucket, in Situation) []string {
	if !b.Encryption.MakesKey() {
		return nil
	}
	b.Encryption = settings.Encryption{Algorithm: settings.AES256}
	changes := []string{"encryption is AES256 instead of a key that the stack creates: the server has no AWS KMS"}
	if b.Replica != nil && b.Replica.KeyARN != "" {
		if in.ownParts() {
			changes = append(changes, "the replica's keyArn is left out: its encryption is the bucket's, AES256")
		}
		replica := *b.Replica
		replica.KeyARN, b.Replica = "", &replica
	}
	return changes
}

// leaveOut removes the parts of the topology that the server can't have, and
// returns what it removed. What is left has resources of other services, which are
// then removed from the Terraform JSON.
func leaveOut(b *settings.Bucket, in Situation) []string {
	var changes []string
	say := func(change string) { changes = append(changes, change) }
	if b.Batch {
		b.Batch = false
		say("batch is left out: the server has no IAM")
	}
	const unused = " is left out: client uses only the bucket with the data"
	switch {
	case b.Replica == nil:
	case in.DataOnly:
		b.Replica = nil
		say("replica" + unused)
	case !in.ownParts():
		b.Replica = nil
		say("replica is left out: the server has no IAM and one Region")
	case b.Encryption.Algorithm == settings.KMS && b.Replica.KeyARN == "":
		b.Replica = nil
		say("replica is left out: the stack creates its key, and the server has no AWS KMS")
	default:
		say("the replica's bucket is in the bucket's Region and its role is left out: the server has one Region and no " +
			"IAM, and copies nothing")
	}
	switch {
	case b.DataEvents == nil:
	case in.DataOnly:
		b.DataEvents = nil
		say("dataEvents" + unused)
	case !in.ownParts():
		b.DataEvents = nil
		say("dataEvents is left out: the server has no CloudTrail, EventBridge and SNS")
	default:
		say("the trail, the rules of its alarms and their topic are left out, but not the trail's bucket: the server has " +
			"no CloudTrail, EventBridge and SNS")
	}
	return changes
}

// noLock is why the evidence bucket has no Object Lock.
const noLock = "the evidence bucket has no Object Lock, because S3 delivers no access logs to a bucket with it: " +
	"its policy is attacked instead"

// guardsWithoutLock returns the guards of the evidence bucket: those that a bucket
// with the same settings would have, but for a retention, and that against every
// deletion.
func guardsWithoutLock(g prove.Guards) prove.Guards {
	g.Declared = slices.DeleteFunc(g.Declared, func(guard prove.Guard) bool {
		return slices.Contains([]prove.Guard{
			prove.RetentionFloor, prove.RetentionCeiling, prove.NoEventHold, prove.NoBypass, prove.NoWeakerMode, prove.WriteOnce,
		}, guard)
	})
	if !slices.Contains(g.Declared, prove.NoDeleteMarkers) {
		g.Declared = append(g.Declared, prove.NoDeleteMarkers)
	}
	g.Declared, g.CeilingDays = append(g.Declared, prove.NoDeletion), 0
	return g
}
