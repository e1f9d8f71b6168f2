package audit

import (
	"context"
	"fmt"
	"strings"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// replication compares the replication with the declared replica: everything new is
// copied there, with the declared role, and nothing to other buckets.
func (a *auditor) replication(ctx context.Context) {
	a.part("replication", func() (string, error) {
		c, err := a.bucket.Replication(ctx)
		if err != nil {
			return "", err
		}
		wanted := ""
		if a.Wanted.Replica != nil {
			wanted = "arn:" + settings.Partition(a.Wanted.Replica.Region) + ":s3:::" + a.Wanted.ReplicaName(a.Bucket)
		}
		var to []string
		var there []types.ReplicationRule
		for _, r := range c.Rules {
			if r.Status != types.ReplicationRuleStatusEnabled || r.Destination == nil {
				continue
			}
			destination := a.destination(r.Destination)
			to = append(to, destination)
			if destination == wanted {
				there = append(there, r)
				continue
			}
			a.find("replicated-elsewhere", replicationAddress,
				"%s is copied to %s, which %s don't declare", copied(r), destination, a.says())
		}
		if wanted != "" {
			a.wantReplica(wanted, aws.ToString(c.Role), there)
		}
		return list(to), nil
	})
}

// copied says which new versions a rule copies.
func copied(r types.ReplicationRule) string {
	if everything(r) {
		return "everything new"
	}
	return "a part of what is new"
}

// destination names a bucket, and its account if that isn't the declared one.
func (a *auditor) destination(d *types.Destination) string {
	text := aws.ToString(d.Bucket)
	if account := aws.ToString(d.Account); account != "" && account != a.Wanted.Account {
		text += " in account " + account
	}
	return text
}

// wantReplica finds that the rules to the declared replica don't copy as declared. One
// of them must copy everything, and none may copy delete markers.
func (a *auditor) wantReplica(wanted, role string, rules []types.ReplicationRule) {
	missing := func(format string, args ...any) { a.find(replicationMissing, replicationAddress, format, args...) }
	if len(rules) == 0 {
		missing("no enabled rule copies to %s, which %s declare", wanted, a.says())
		return
	}
	declared := strings.Join([]string{
		"arn", a.Wanted.Partition(), "iam", "", a.Wanted.Account,
		"role/" + settings.RoleName(a.Bucket, settings.ReplicationSuffix),
	}, ":")
	if role != declared {
		missing("the role is %s; %s say %s", role, a.says(), declared)
	}
	var lacks []string
	complete := false
	for _, r := range rules {
		if copiesMarkers(r) {
			missing("the rule %q copies delete markers, which hide versions in the replica", aws.ToString(r.ID))
		}
		if lack := a.lacksOf(r); len(lack) > 0 {
			lacks = append(lacks, fmt.Sprintf("the rule %q %s", aws.ToString(r.ID), strings.Join(lack, ", ")))
		} else {
			complete = true
		}
	}
	if complete {
		return
	}
	missing("%s; %s declare a rule that copies everything to %s", strings.Join(lacks, "; "), a.says(), wanted)
}

// copiesMarkers reports whether a rule copies delete markers. One of the first version,
// which has neither a priority nor a filter, always does.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html#replication-backward-compat-considerations
func copiesMarkers(r types.ReplicationRule) bool {
	d := r.DeleteMarkerReplication
	return d != nil && d.Status == types.DeleteMarkerReplicationStatusEnabled || r.Priority == nil && r.Filter == nil
}

// lacksOf returns what a rule lacks to copy every version as declared.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
func (a *auditor) lacksOf(r types.ReplicationRule) (all []string) {
	if !everything(r) {
		all = append(all, "copies only some keys")
	}
	if m := r.Destination.Metrics; m == nil || m.Status != types.MetricsStatusEnabled {
		all = append(all, "has no metrics, so S3 sends no events about failures")
	}
	if a.Wanted.Encryption.Algorithm != settings.KMS {
		return all
	}
	criteria := r.SourceSelectionCriteria
	if criteria == nil || criteria.SseKmsEncryptedObjects == nil ||
		criteria.SseKmsEncryptedObjects.Status != types.SseKmsEncryptedObjectsStatusEnabled {
		all = append(all, "copies no objects under KMS keys")
	}
	key := ""
	if e := r.Destination.EncryptionConfiguration; e != nil {
		key = aws.ToString(e.ReplicaKmsKeyID)
	}
	switch wanted := a.Wanted.Replica.KeyARN; {
	case key == "":
		all = append(all, "names no key for the replica")
	case wanted != "" && key != wanted:
		all = append(all, "encrypts with the key "+key+", not "+wanted)
	}
	return all
}

// everything reports whether a rule copies all keys.
func everything(r types.ReplicationRule) bool {
	f := r.Filter
	if f == nil {
		return aws.ToString(r.Prefix) == "" //nolint:staticcheck // rules of the first version still have it
	}
	return f.Tag == nil && aws.ToString(f.Prefix) == "" &&
		(f.And == nil || len(f.And.Tags) == 0 && aws.ToString(f.And.Prefix) == "")
}
