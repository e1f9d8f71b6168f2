package audit

import (
	"strconv"

	"datalock/internal/policy"
	"datalock/settings"
)

// The statements that the settings require in a policy, as docs/guards.md
// describes them. They are written again here, not taken from the construct, so
// that an audit finds mistakes in the construct.

func deny(sid string, resources []string, when conditions, actions ...string) policy.Statement {
	return policy.Statement{
		Sid: sid, Effect: "Deny", Principal: policy.Principals{policy.Everybody},
		Action: actions, Resource: resources, Condition: policy.Conditions(when),
	}
}

// when returns a condition.
func when(operator, key string, values ...string) conditions {
	return conditions{operator: {key: values}}
}

// conditions are the conditions of a statement, one for each operator.
type conditions policy.Conditions

// and adds a condition with another operator.
func (c conditions) and(operator, key string, values ...string) conditions {
	c[operator] = map[string]policy.Values{key: values}
	return c
}

// WantedPolicy returns the least policy that the settings require of a bucket, as
// JSON.
func WantedPolicy(b settings.Bucket, name string) string {
	return policy.Document{Version: policy.Version, Statement: wantedGuards(b, bucketARN(b, name))}.String()
}

// wantedGuards returns the statements that the policy of a locked bucket needs.
func wantedGuards(b settings.Bucket, bucket string) []policy.Statement {
	objects := []string{bucket + "/*"}
	everything := []string{bucket, bucket + "/*"}
	var all []policy.Statement
	if !b.AllowPlainHTTP {
		all = append(all, deny("DenyInsecureTransport", everything, when("Bool", "aws:SecureTransport", "false"), "s3:*"))
	}
	all = append(all, deny("DenyOldTLS", everything,
		when("NumericLessThan", "s3:TlsVersion", string(b.MinimumTLSVersion)), "s3:*"))
	all = append(all, wantedRetention(b.Retention, objects)...)
	all = append(all, wantedEncryption(b.Encryption, objects)...)
	if b.DeleteMarkers == settings.DenyDeleteMarkers {
		all = append(all, deny("DenyDeleteMarkers", objects, nil, "s3:DeleteObject", "s3:ReplicateDelete"))
	}
	if b.WriteOnce {
		all = append(all, deny("DenyOverwrite", objects, when("Null", "s3:if-none-match", "true").
			and("Bool", "s3:ObjectCreationOperation", "true").
			and("BoolIfExists", "aws:PrincipalIsAWSService", "false"), "s3:PutObject"))
	}
	if len(b.Guardians) > 0 {
		all = append(all, wantedSeal(b, bucket, objects)...)
	}
	return all
}

// wantedRetention returns the denials of weaker, shorter or longer retention.
func wantedRetention(r settings.Retention, objects []string) []policy.Statement {
	const remaining = "s3:object-lock-remaining-retention-days"
	limit := func(sid string, when conditions) policy.Statement {
		return deny(sid, objects, when, "s3:PutObject", "s3:PutObjectRetention")
	}
	var all []policy.Statement
	if r.Mode == settings.Compliance {
		all = append(all, limit("DenyWeakerMode", when("StringEquals", "s3:object-lock-mode", "GOVERNANCE")))
	}
	least := max(1, r.TotalDays()-1) // S3 counts whole days, after a moment has passed
	return append(all,
		limit("DenyRetentionBelowDefault", when("NumericLessThan", remaining, strconv.Itoa(least))),
		limit("DenyRetentionAboveMaximum", when("NumericGreaterThan", remaining, strconv.Itoa(r.Ceiling()))),
		deny("DenyEventHold", objects, when("StringEquals", "s3:object-lock-event-hold", "ON"),
			"s3:ReplicateObject", "s3:PutObject", "s3:PutObjectRetention"),
		deny("DenyGovernanceBypass", objects, nil, "s3:BypassGovernanceRetention"),
	)
}

// wantedEncryption returns the denials of other encryption.
func wantedEncryption(e settings.Encryption, objects []string) []policy.Statement {
	const (
		algorithm = "s3:x-amz-server-side-encryption"
		key       = "s3:x-amz-server-side-encryption-aws-kms-key-id"
		customer  = "s3:x-amz-server-side-encryption-customer-algorithm"
	)
	put := func(sid string, when conditions) policy.Statement {
		return deny(sid, objects, when, "s3:PutObject", "s3:ReplicateObject")
	}
	other := when("Null", algorithm, "false")
	if !e.MakesKey() {
		other = other.and("StringNotEquals", algorithm, string(e.Algorithm))
	}
	all := []policy.Statement{
		put("DenyOtherEncryption", other),
		put("DenyCustomerProvidedKey", when("Null", customer, "false")),
	}
	if e.KeyARN != "" {
		all = append(all,
			put("DenyOtherKey", when("Null", key, "false").and("StringNotEquals", key, e.KeyARN)),
			put("DenyUnnamedKey", when("Null", key, "true").and("StringEquals", algorithm, "aws:kms")))
	}
	return all
}

// wantedSeal returns the denials that only the guardians are excepted from:
// changes of the bucket, and stopping the reports that the settings declare.
func wantedSeal(b settings.Bucket, bucket string, objects []string) []policy.Statement {
	const who = "aws:PrincipalArn"
	guardians := b.Guardians
	sealed := []string{
		"s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketObjectLockConfiguration",
		"s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock",
		"s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
		"s3:PutReplicationConfiguration",
	}
	if b.AccessLogs {
		sealed = append(sealed, "s3:PutBucketLogging")
	}
	if b.Inventory != nil {
		sealed = append(sealed, "s3:PutInventoryConfiguration")
	}
	if b.Replica != nil && b.DataEvents != nil {
		sealed = append(sealed, "s3:PutBucketNotification")
	}
	return []policy.Statement{
		deny("SealConfiguration", []string{bucket}, when("ArnNotEquals", who, guardians...), sealed...),
		deny("SealObjectACLs", objects, when("ArnNotEquals", who, guardians...).
			and("StringNotEqualsIfExists", "s3:x-amz-acl", "bucket-owner-full-control"),
			"s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
		deny("SealLegalHolds", objects, when("ArnNotEquals", who, guardians...).
			and("StringEquals", "s3:object-lock-legal-hold", "OFF"), "s3:PutObjectLegalHold"),
	}
}

// wantedKeyPolicy returns the policy of a key that the stack creates.
func wantedKeyPolicy(b settings.Bucket) string {
	this := []string{"*"}
	root := "arn:" + b.Partition() + ":iam::" + b.Account + ":root"
	var others conditions
	if len(b.Guardians) > 0 {
		others = when("ArnNotEquals", "aws:PrincipalArn", b.Guardians...)
	}
	all := []policy.Statement{
		{
			Sid: "AllowThroughIAM", Effect: "Allow", Principal: policy.Principals{"AWS:" + root},
			Action: policy.Values{"kms:*"}, Resource: this,
		},
		deny("DenyKeyLoss", this, others, "kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion"),
	}
	if others != nil {
		all = append(all, deny("SealKeyPolicy", this, others, "kms:PutKeyPolicy"))
	}
	return policy.Document{Version: policy.Version, Statement: all}.String()
}
