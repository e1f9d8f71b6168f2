package audit

import (
	"slices"

	"datalock/dataset"
	"datalock/internal/check"
)

// Names of rules, some of which verify and check (records-stopped) have too.
const (
	lifecycleChanged    = "lifecycle-changed"
	replicationMissing  = "replication-missing"
	loggingChanged      = "logging-changed"
	inventoryChanged    = "inventory-changed"
	notificationMissing = "notification-missing"
	roleChanged         = "role-changed"
	recordsStopped      = "records-stopped"
	unlocked            = string(dataset.Unlocked)
	weakerMode          = string(dataset.WeakerMode)
	endsSoon            = "ends-soon"
	eventHold           = "event-hold"
	shadowed            = string(dataset.Shadowed)
	hidden              = string(dataset.Hidden)
)

// Rules returns the rules that only an audit has: about versions, which no plan
// shows, and about changes that are harmless in a plan.
func Rules() []check.Rule {
	return []check.Rule{
		{
			Name:   lifecycleChanged,
			Finds:  "The lifecycle lacks a rule that the settings declare.",
			Reason: "Incomplete uploads and old data are then kept, and billed, for longer than declared.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
		},
		{
			Name:   replicationMissing,
			Finds:  "New versions aren't copied to the replica that the settings declare.",
			Reason: "The replica then lacks them.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html",
		},
		{
			Name:   loggingChanged,
			Finds:  "The server access logs aren't delivered as the settings declare.",
			Reason: "The evidence bucket then lacks requests.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
		},
		{
			Name:   inventoryChanged,
			Finds:  "No inventory is as the settings declare.",
			Reason: "S3 Batch Operations and datalock audit --inventory need it.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html",
		},
		{
			Name:   notificationMissing,
			Finds:  "Failed copies to the replica aren't told to the topic of the alarms.",
			Reason: "Nobody then learns of versions that the replica lacks.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html",
		},
		{
			Name:   roleChanged,
			Finds:  "A role is gone, or may do less than the settings declare.",
			Reason: "Versions aren't copied then, or the jobs of S3 Batch Operations fail.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html",
		},
		{
			Name:   unlocked,
			Finds:  "Versions have no retention, or one that has ended, and no hold.",
			Reason: "Whoever may delete versions can delete them.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-periods",
		},
		{
			Name:   weakerMode,
			Finds:  "Versions are in GOVERNANCE mode, and the settings say COMPLIANCE.",
			Reason: "Whoever has s3:BypassGovernanceRetention can delete them.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes",
		},
		{
			Name:   endsSoon,
			Finds:  "The retention of versions ends within --warn-days, and they have no hold.",
			Reason: "Nothing in AWS warns before a retention ends. datalock renew lengthens it.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html",
		},
		{
			Name:   eventHold,
			Finds:  "Versions are under an event hold.",
			Reason: "Their retention has no end yet: it can become shorter than the settings say.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
		},
		{
			Name:   shadowed,
			Finds:  "Versions are noncurrent, and the settings say writeOnce.",
			Reason: "Readers of the key get other data.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html",
		},
		{
			Name:   hidden,
			Finds:  "A delete marker is the newest version of keys, and the settings deny delete markers.",
			Reason: "Readers of the key get 404.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html",
		},
	}
}

// named returns the rule of audit or check with a name.
func named(name string) check.Rule {
	own := Rules()
	if i := slices.IndexFunc(own, func(r check.Rule) bool { return r.Name == name }); i >= 0 {
		return own[i]
	}
	return check.Named(name)
}

// The addresses of a stack's resources.
const (
	bucketAddress       = "aws_s3_bucket.bucket"
	versioningAddress   = "aws_s3_bucket_versioning.versioning"
	lockAddress         = "aws_s3_bucket_object_lock_configuration.object_lock"
	blockAddress        = "aws_s3_bucket_public_access_block.public_access_block"
	ownershipAddress    = "aws_s3_bucket_ownership_controls.ownership"
	encryptionAddress   = "aws_s3_bucket_server_side_encryption_configuration.encryption"
	keyAddress          = "aws_kms_key.key"
	policyAddress       = "aws_s3_bucket_policy.policy"
	lifecycleAddress    = "aws_s3_bucket_lifecycle_configuration.lifecycle"
	loggingAddress      = "aws_s3_bucket_logging.access_logs"
	inventoryAddress    = "aws_s3_bucket_inventory.inventory"
	notificationAddress = "aws_s3_bucket_notification.notification"
	replicationAddress  = "aws_s3_bucket_replication_configuration.replication"
	trailAddress        = "aws_cloudtrail.trail"
	topicAddress        = "aws_sns_topic.alarms"
)

// says names what the bucket is compared with, as the subject of "say".
func (a *auditor) says() string {
	if a.Stack == "" {
		return "Datalock's defaults"
	}
	return "the settings"
}
