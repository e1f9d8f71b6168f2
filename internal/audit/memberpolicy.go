package audit

import (
	"slices"

	"datalock/internal/check/iampolicy"
	"datalock/internal/policy"
	"datalock/settings"
)

// wanted returns the least policy that the bucket must have, as JSON, without the
// statements that allow deliveries by AWS services.
func (a *auditor) wanted() (string, error) {
	b, bucket := a.Wanted, bucketARN(a.Wanted, a.Bucket)
	all := wantedGuards(b, bucket)
	switch a.Kind {
	case Data:
		for _, text := range b.PolicyStatements {
			d, err := policy.Read(`{"Statement":[` + string(text) + `]}`)
			if err != nil {
				return "", err
			}
			all = append(all, d.Statement...)
		}
	case Evidence:
		// It isn't locked: instead of the statements about locks and delete markers,
		// it denies every deletion, and another key.
		all = slices.DeleteFunc(all, func(s policy.Statement) bool { return slices.Contains(aboutLocks, s.Sid) })
		all = append(all, deny("DenyEvidenceDeletion", []string{bucket + "/*"}, nil,
			"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ReplicateDelete", "s3:UpdateObjectEncryption"))
	case Replica:
		all = append(all, wantedCopies(b.Encryption, all)...)
	}
	return policy.Document{Version: policy.Version, Statement: all}.String(), nil
}

// aboutLocks are the statements that only a locked bucket has.
var aboutLocks = []string{
	"DenyWeakerMode", "DenyRetentionBelowDefault", "DenyRetentionAboveMaximum", "DenyEventHold",
	"DenyGovernanceBypass", "DenyDeleteMarkers",
}

// wantedCopies limits the statement about encryption to uploads, and returns the
// statement for copies, if the stack creates the replica's key: a copy always
// names a key, which an upload must not.
func wantedCopies(e settings.Encryption, all []policy.Statement) []policy.Statement {
	if !e.MakesKey() {
		return nil
	}
	i := slices.IndexFunc(all, func(s policy.Statement) bool { return s.Sid == "DenyOtherEncryption" })
	all[i].Action = policy.Values{"s3:PutObject"}
	const algorithm = "s3:x-amz-server-side-encryption"
	return []policy.Statement{deny("DenyOtherReplicaEncryption", all[i].Resource,
		when("Null", algorithm, "false").and("StringNotEquals", algorithm, string(settings.KMS)), "s3:ReplicateObject")}
}

// A delivery is a statement that lets an AWS service write to the bucket.
type delivery struct {
	rule, what string
	policy.Statement
}

// deliveries returns the deliveries that the settings need.
func (a *auditor) deliveries() []delivery {
	bucket := bucketARN(a.Wanted, a.Bucket)
	from := bucketARN(a.data, a.dataName)
	allow := func(service, action, resource string, when conditions) policy.Statement {
		return policy.Statement{
			Effect: "Allow", Principal: policy.Principals{"Service:" + service}, Action: policy.Values{action},
			Resource: policy.Values{resource}, Condition: policy.Conditions(when),
		}
	}
	var all []delivery
	if a.Kind == Evidence {
		owner := func() conditions {
			return when("ArnEquals", "aws:SourceArn", from).and("StringEquals", "aws:SourceAccount", a.data.Account)
		}
		if a.data.AccessLogs {
			all = append(all, delivery{loggingChanged, "server access logs", allow(
				"logging.s3.amazonaws.com", "s3:PutObject", bucket+"/"+settings.AccessLogsPrefix+"*", owner())})
		}
		if a.data.Inventory != nil {
			full := owner()
			full["StringEquals"]["s3:x-amz-acl"] = policy.Values{"bucket-owner-full-control"}
			all = append(all, delivery{inventoryChanged, "inventories", allow(
				"s3.amazonaws.com", "s3:PutObject", bucket+"/"+settings.InventoryReports+"*", full)})
		}
	}
	if a.Kind == Trail {
		trail := when("ArnEquals", "aws:SourceArn", a.trailARN())
		write := when("ArnEquals", "aws:SourceArn", a.trailARN()).
			and("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control")
		all = append(all,
			delivery{recordsStopped, "CloudTrail's check of the bucket", allow(
				"cloudtrail.amazonaws.com", "s3:GetBucketAcl", bucket, trail)},
			delivery{recordsStopped, "the trail's logs", allow(
				"cloudtrail.amazonaws.com", "s3:PutObject", bucket+"/AWSLogs/"+a.data.Account+"/*", write)})
	}
	return all
}

// delivered finds the deliveries that the policy may not allow, and adds all of
// them to the wanted policy.
func (a *auditor) delivered(wanted *iampolicy.Document, is iampolicy.Document) {
	for _, d := range a.deliveries() {
		s := iampolicy.Statement(d.Statement)
		if why := mayNotAllow(is, *wanted, s); why != "" {
			a.find(d.rule, policyAddress, "the policy may not allow the delivery of %s: %s", d.what, why)
		}
		wanted.Statements = append(wanted.Statements, s)
	}
}
