package settings

import (
	"fmt"
	"strconv"
	"strings"
)

// Endings of names that follow from the data bucket's.
const (
	// ReplicaSuffix ends the default name of the replica's bucket.
	ReplicaSuffix = "-replica"
	// ReplicationSuffix ends the name of the role that copies.
	ReplicationSuffix = "-replication"
)

// Replica is a locked bucket in another Region of the same account, to which S3
// copies every new version.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
type Replica struct {
	// Region is the replica's AWS Region, another than the bucket's.
	Region string
	// Name is the replica's full name; empty means the data bucket's name and
	// [ReplicaSuffix].
	Name string
	// Retention is the replica's default retention, that of the bucket or
	// longer. A copy keeps the lock of its source; the default is for copies of
	// what has none.
	Retention Retention
	// KeyARN is the ARN of the AWS KMS key in the replica's Region, if the
	// bucket's algorithm is aws:kms. If it is empty, the stack creates a key.
	KeyARN string
	// Account is the ID of the account that the file gives for the replica, or
	// "". Only the bucket's account is supported.
	Account string
}

// ReplicaName returns the name of the replica of the bucket with the given name,
// or "" if there is none.
func (b Bucket) ReplicaName(bucket string) string {
	switch {
	case b.Replica == nil:
		return ""
	case b.Replica.Name != "":
		return b.Replica.Name
	}
	return bucket + ReplicaSuffix
}

// decodeReplica reads a replica of a bucket with the given retention.
func decodeReplica(r *reader, of Retention) *Replica {
	replica := &Replica{Retention: of}
	r.str("region", &replica.Region)
	r.str("name", &replica.Name)
	if retention := r.object("retention"); retention != nil {
		// The bucket's length is confirmed, another one isn't.
		replica.Retention.ConfirmRetentionDays = 0
		decodeRetention(retention, &replica.Retention)
		if replica.Retention.TotalDays() == of.TotalDays() && replica.Retention.ConfirmRetentionDays == 0 {
			replica.Retention.ConfirmRetentionDays = of.ConfirmRetentionDays
		}
	}
	r.str("keyArn", &replica.KeyARN)
	r.str("account", &replica.Account)
	r.done()
	return replica
}

func (b Bucket) validateReplica(path, stack string, in place) Mistakes {
	replica := b.Replica
	switch {
	case replica == nil:
		return nil
	case in.endpoint != "":
		return onlyOnAWS(path, "an S3-compatible server has no other Region to replicate to")
	}
	ms := requiresAccount(path, in, "")
	ms = append(ms, replica.validateRegion(join(path, "region"), in)...)
	ms = append(ms, b.validatePartName(join(path, "name"), stack, replica.Name, ReplicaSuffix)...)
	ms = append(ms, replica.validateRetention(join(path, "retention"), b.Retention)...)
	ms = append(ms, replica.validateKey(join(path, "keyArn"), b.Encryption, in)...)
	ms = append(ms, b.validateReplicaExpiration(strings.TrimSuffix(path, ".replica"))...)
	if replica.Account != "" && replica.Account != in.account {
		ms.add(join(path, "account"), quote(replica.Account),
			"is another account than the bucket's, and a replica in another account isn't supported",
			"remove the key, or replicate to another account outside of this stack")
	}
	return ms
}

func (r Replica) validateRegion(path string, in place) Mistakes {
	switch ms := validateRegion(path, r.Region, ""); {
	case len(ms) > 0:
		return ms
	case r.Region == in.region:
		return mistake(path, quote(r.Region), "is the bucket's own Region",
			"choose another one, far enough away not to fail with it")
	case Partition(r.Region) != Partition(in.region) && in.region != "":
		return mistake(path, quote(r.Region), "is in partition "+Partition(r.Region)+
			", and S3 replicates only within the bucket's, "+Partition(in.region), "choose a Region of that partition")
	}
	return nil
}

// validateRetention refuses a replica whose versions could be deleted earlier,
// or by more people, than the bucket's.
func (r Replica) validateRetention(path string, of Retention) Mistakes {
	ms := r.Retention.validate(path)
	if most := of.MaximumDays; most != 0 && r.Retention.MaximumDays == most && most < r.Retention.TotalDays() {
		// The file gives it for the bucket, and maybe the same for the replica.
		ms.add(
			path,
			quote(r.Retention.String()),
			fmt.Sprintf("is more than the bucket's retention.maximumDays, %d, which applies to the replica too", most),
			fmt.Sprintf(
				`set "maximumDays" of the replica's retention to %d or more, or shorten the retention`,
				r.Retention.TotalDays(),
			),
		)
	} else {
		ms = append(ms, r.Retention.validateMaximum(path)...)
	}
	if len(ms) > 0 {
		return ms
	}
	if of.Mode == Compliance && r.Retention.Mode == Governance {
		ms.add(join(path, "mode"), quote(string(r.Retention.Mode)),
			"is weaker than the bucket's, COMPLIANCE", "remove the key")
	}
	if r.Retention.TotalDays() < of.TotalDays() {
		ms.add(path, quote(r.Retention.String()), fmt.Sprintf("is shorter than the bucket's, %s", of),
			"write the same length or a longer one, or remove the key")
	}
	return ms
}

// validateReplicaExpiration compares the bucket's lifecycle, which the replica has
// too, with the replica's retention, if that is longer.
func (b Bucket) validateReplicaExpiration(path string) Mistakes {
	days, of := b.Lifecycle.NoncurrentVersionExpirationDays, b.Replica.Retention
	if days < max(1, b.Retention.TotalDays()) || days >= of.TotalDays() || of.TotalDays() > MaximumDays {
		return nil
	}
	return mistake(join(path, "lifecycle")+".noncurrentVersionExpirationDays", strconv.Itoa(days),
		fmt.Sprintf("is less than the retention of the replica, %s, and the replica has the same lifecycle", of),
		fmt.Sprintf("write %d or more, or shorten replica.retention", of.TotalDays()))
}

func (r Replica) validateKey(path string, e Encryption, in place) Mistakes {
	switch {
	case r.KeyARN == "":
		return nil
	case e.Algorithm != KMS:
		return mistake(path, quote(r.KeyARN), "requires the bucket's algorithm aws:kms, but it is "+string(e.Algorithm),
			`remove it, or set the bucket's "encryption"`)
	}
	in.region = r.Region
	return validateKeyARN(path, r.KeyARN, in)
}
