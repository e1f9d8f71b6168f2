package rolepolicy

// needs are the actions that Terraform uses for one type of resource, by the
// phase in which it first uses them.
type needs struct {
	// read is used at each refresh.
	read []string
	// change is used to change an attribute, and by the first apply.
	change []string
	// lock is used by the first apply and to change the lock.
	lock []string
}

// actions are what the AWS provider uses for each type of resource in a
// bucket's stack. A test compares them with the provider's requests.
var actions = map[string]needs{
	"aws_s3_bucket": {
		read: []string{
			"s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLogging",
			"s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:GetBucketRequestPayment",
			"s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration",
			"s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket",
		},
		change: []string{"s3:PutBucketTagging"},
		// Creating a bucket with Object Lock needs all three.
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html#API_CreateBucket_Permissions
		lock: []string{"s3:CreateBucket", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"},
	},
	"aws_s3_bucket_versioning": {
		read: []string{"s3:GetBucketVersioning"},
		lock: []string{"s3:PutBucketVersioning"},
	},
	"aws_s3_bucket_object_lock_configuration": {
		read: []string{"s3:GetBucketObjectLockConfiguration"},
		lock: []string{"s3:PutBucketObjectLockConfiguration"},
	},
	"aws_s3_bucket_public_access_block": {
		read:   []string{"s3:GetBucketPublicAccessBlock"},
		change: []string{"s3:PutBucketPublicAccessBlock"},
	},
	"aws_s3_bucket_ownership_controls": {
		read:   []string{"s3:GetBucketOwnershipControls"},
		change: []string{"s3:PutBucketOwnershipControls"},
	},
	"aws_s3_bucket_server_side_encryption_configuration": {
		read:   []string{"s3:GetEncryptionConfiguration"},
		change: []string{"s3:PutEncryptionConfiguration"},
	},
	"aws_s3_bucket_lifecycle_configuration": {
		read:   []string{"s3:GetLifecycleConfiguration"},
		change: []string{"s3:PutLifecycleConfiguration"},
	},
	"aws_s3_bucket_logging": {
		read:   []string{"s3:GetBucketLogging"},
		change: []string{"s3:PutBucketLogging"},
	},
	"aws_s3_bucket_inventory": {
		read:   []string{"s3:GetInventoryConfiguration"},
		change: []string{"s3:PutInventoryConfiguration"},
	},
	"aws_s3_bucket_notification": {
		read:   []string{"s3:GetBucketNotification"},
		change: []string{"s3:PutBucketNotification"},
	},
	replicationType: {
		read:   []string{"s3:GetReplicationConfiguration"},
		change: []string{"s3:PutReplicationConfiguration"},
	},
	"aws_s3_bucket_policy": {
		read:   []string{"s3:GetBucketPolicy"},
		change: []string{"s3:PutBucketPolicy"},
	},
	// https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
	"aws_kms_key": {
		read: []string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"},
		change: []string{
			"kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription",
		},
		lock: []string{"kms:CreateKey"},
	},
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
	"aws_iam_role": {
		read: []string{"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"},
		change: []string{
			"iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRoleDescription",
		},
		lock: []string{"iam:CreateRole"},
	},
	"aws_iam_role_policy": {
		read:   []string{"iam:GetRolePolicy"},
		change: []string{"iam:PutRolePolicy"},
	},
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
	"aws_cloudtrail": {
		read: []string{
			"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags",
		},
		change: []string{
			"cloudtrail:AddTags", "cloudtrail:PutEventSelectors", "cloudtrail:RemoveTags", "cloudtrail:StartLogging",
			"cloudtrail:UpdateTrail",
		},
		lock: []string{"cloudtrail:CreateTrail"},
	},
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
	"aws_sns_topic": {
		read:   []string{"sns:GetTopicAttributes", "sns:ListTagsForResource"},
		change: []string{"sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"},
		lock:   []string{"sns:CreateTopic"},
	},
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
	"aws_cloudwatch_event_rule": {
		read:   []string{"events:DescribeRule", "events:ListTagsForResource"},
		change: []string{"events:PutRule", "events:TagResource", "events:UntagResource"},
	},
	"aws_cloudwatch_event_target": {
		read:   []string{"events:ListTargetsByRule"},
		change: []string{"events:PutTargets"},
	},
}

// since6 are the actions that the AWS provider uses in addition since version 6. It
// falls back to those of version 5 if they are denied, at every refresh.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListTagsForResource.html
var since6 = map[string]needs{
	bucketType: {read: []string{"s3:ListTagsForResource"}, change: []string{"s3:TagResource", "s3:UntagResource"}},
}

// passed are the roles of the stack that Terraform gives to a service, by their
// logical ids: to S3 with the replication, to EventBridge with the alarms' targets.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
var passed = []struct{ id, sid, service string }{
	{"alarms_role", "PassAlarmsRole", "events.amazonaws.com"},
	{"replication_role", "PassReplicationRole", "s3.amazonaws.com"},
}

// ofEverything are actions that IAM allows only for all resources at once.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
var ofEverything = []string{"cloudtrail:DescribeTrails"}

// Actions that would undo the lock, lose the key, or change data. The deploying
// role needs none of them, and Terraform only to destroy.
var (
	undoingBucket = []string{"s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketAcl"}
	// undoingReplication would copy the data to where the stack doesn't; a stack
	// with a replica needs it.
	undoingReplication = "s3:PutReplicationConfiguration"
	undoingObjects     = []string{
		"s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:PutObjectAcl",
		"s3:PutObjectLegalHold", "s3:PutObjectRetention", "s3:PutObjectVersionAcl", "s3:ReplicateDelete",
		"s3:ReplicateObject", "s3:UpdateObjectEncryption",
	}
	undoingLock = []string{"s3:CreateBucket", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"}
	// undoingRole would give a role of the stack more than the stack declares, or
	// stop what needs it.
	undoingRole = []string{"iam:AttachRolePolicy", "iam:DeleteRole", "iam:DeleteRolePolicy"}
	// undoingTrail, undoingTopic and undoingRule would stop the trail or an alarm. So
	// can actions that Terraform needs for changes, which are allowed:
	// cloudtrail:PutEventSelectors, cloudtrail:UpdateTrail, events:PutRule,
	// events:PutTargets and sns:SetTopicAttributes.
	undoingTrail = []string{"cloudtrail:DeleteTrail", "cloudtrail:StopLogging"}
	undoingTopic = []string{"sns:DeleteTopic"}
	undoingRule  = []string{"events:DeleteRule", "events:DisableRule", "events:RemoveTargets"}
	undoingKey   = []string{
		"kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:DisableKeyRotation", "kms:ScheduleKeyDeletion",
	}
)
