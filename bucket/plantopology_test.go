package bucket_test

import (
	"strings"

	"datalock/settings"
)

// topologies are buckets with all parts: with a name and with prefixes, one so
// long that the roles' names must be shortened, with and without keys.
func topologies() map[string]settings.Bucket {
	with := func(change func(*settings.Bucket)) settings.Bucket {
		b := settings.DefaultBucket()
		b.Region, b.Account = "us-east-1", owner
		b.Evidence, b.AccessLogs = &settings.Evidence{ExpirationDays: settings.DefaultEvidenceDays}, true
		b.Inventory, b.Batch = &settings.Inventory{Frequency: settings.Weekly}, true
		b.DataEvents = &settings.DataEvents{ManagementEvents: true, Reads: true}
		change(&b)
		b.Replica = &settings.Replica{Region: "eu-west-1", Retention: b.Retention}
		return b
	}
	return map[string]settings.Bucket{
		"whole1": with(func(b *settings.Bucket) { b.Name = "acme.whole" }),
		"whole2": with(func(b *settings.Bucket) {
			b.NamePrefix, b.Encryption.Algorithm, b.Guardians = "acme.p-", settings.KMS, []string{deployer.arn}
		}),
		"whole3": with(func(b *settings.Bucket) {
			b.NamePrefix, b.Retention = strings.Repeat("l", 28), settings.Retention{Mode: settings.Governance, Years: 1}
			b.Encryption = settings.Encryption{Algorithm: settings.KMS, KeyARN: keyARN}
		}),
	}
}

// countParts adds how many resources of each type a bucket's settings declare.
func countParts(b settings.Bucket, all map[string]int) {
	add := func(when bool, number int, kinds ...string) {
		for _, kind := range kinds {
			if when {
				all["aws_"+kind] += number
			}
		}
	}
	guards := []string{
		"s3_bucket", "s3_bucket_versioning", "s3_bucket_public_access_block", "s3_bucket_ownership_controls",
		"s3_bucket_server_side_encryption_configuration", "s3_bucket_lifecycle_configuration", "s3_bucket_policy",
	}
	locked := append([]string{"s3_bucket_object_lock_configuration"}, guards...)
	kms := b.Encryption.Algorithm == settings.KMS
	add(true, 1, locked...)
	add(kms && b.Encryption.KeyARN == "", 1, "kms_key")
	add(b.Evidence != nil, 1, guards...)
	add(b.AccessLogs, 1, "s3_bucket_logging")
	add(b.Inventory != nil, 1, "s3_bucket_inventory")
	add(b.Batch, 1, "iam_role", "iam_role_policy")
	add(b.Replica != nil, 1, locked...)
	add(b.Replica != nil, 1, "iam_role", "iam_role_policy", "s3_bucket_replication_configuration")
	add(b.Replica != nil && kms, 1, "kms_key")
	add(b.DataEvents != nil, 1, locked...)
	add(b.DataEvents != nil, 1, "cloudtrail", "sns_topic", "iam_role", "iam_role_policy")
	add(b.DataEvents != nil, 5, "cloudwatch_event_rule", "cloudwatch_event_target")
	add(b.DataEvents != nil && b.Batch, 1, "cloudwatch_event_rule", "cloudwatch_event_target")
	add(b.DataEvents != nil && b.Replica != nil, 1, "s3_bucket_notification")
}
