package bucket

import (
	"slices"

	"datalock/internal/policy"
	"datalock/settings"
)

// sealedConfiguration are the actions that can change or remove the lock, the
// guards or the bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var sealedConfiguration = []string{
	"s3:DeleteBucket",
	"s3:DeleteBucketPolicy",
	"s3:PutBucketAcl",
	"s3:PutBucketObjectLockConfiguration",
	"s3:PutBucketOwnershipControls",
	"s3:PutBucketPolicy",
	"s3:PutBucketPublicAccessBlock",
	"s3:PutBucketVersioning",
	"s3:PutEncryptionConfiguration",
	"s3:PutLifecycleConfiguration",
	"s3:PutReplicationConfiguration",
}

// sealed returns the actions that the settings seal: also those that could stop
// what the settings ask for beside the lock.
func sealed(config settings.Bucket) []string {
	actions := slices.Clone(sealedConfiguration)
	if config.AccessLogs {
		actions = append(actions, "s3:PutBucketLogging")
	}
	if config.Inventory != nil {
		actions = append(actions, "s3:PutInventoryConfiguration")
	}
	if config.Replica != nil && config.DataEvents != nil {
		actions = append(actions, "s3:PutBucketNotification")
	}
	return actions
}

// sealStatements let only the guardians change the bucket's configuration and
// ACLs, and remove legal holds. They match aws:PrincipalArn, which for a session
// is the ARN of its role. NotPrincipal would need the name of each session, and
// AWS advises against it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func sealStatements(bucket, objects string, config settings.Bucket) policy.Statements {
	notGuardians := map[string]policy.Values{"aws:PrincipalArn": config.Guardians}
	return policy.Statements{
		deny("SealConfiguration", sealed(config), []string{bucket}, policy.Conditions{"ArnNotEquals": notGuardians}),
		// Many clients and AWS's log deliveries set this ACL, which grants
		// nothing to anybody else.
		deny("SealObjectACLs", []string{"s3:PutObjectAcl", "s3:PutObjectVersionAcl"}, []string{objects}, policy.Conditions{
			"ArnNotEquals":            notGuardians,
			"StringNotEqualsIfExists": {"s3:x-amz-acl": {"bucket-owner-full-control"}},
		}),
		deny("SealLegalHolds", []string{"s3:PutObjectLegalHold"}, []string{objects}, policy.Conditions{
			"ArnNotEquals": notGuardians,
			"StringEquals": {"s3:object-lock-legal-hold": {"OFF"}},
		}),
	}
}
