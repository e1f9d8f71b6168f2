package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"
)

// A need is a request to the bucket that a deployed stack depends on, after its
// policy is in place.
type need struct {
	action, resource string
	// role is the ARN of the stack's role that makes the request, or empty if it is
	// whoever deploys.
	role string
	// without says what happens without it.
	without string
}

// needs returns the requests that the owner's statements must not deny: to change
// the policy, to read each configuration, to apply what is applied after the policy,
// and those of the stack's roles.
func needs(config settings.Bucket) []need {
	bucket := "arn:" + config.Partition() + ":s3:::" + config.Name
	all := []need{{
		"s3:PutBucketPolicy", bucket, "", "so that only the account root could change the bucket policy again",
	}}
	read := func(actions ...string) {
		for _, action := range actions {
			all = append(all, need{action, bucket, "", "so that every later plan would fail"})
		}
	}
	apply := func(key, action string) {
		all = append(all, need{action, bucket, "", "so that " + key + " couldn't be applied"})
	}
	read(policy.BucketReads...)
	if config.AccessLogs {
		apply(`"accessLogs"`, "s3:PutBucketLogging")
	}
	if config.Inventory != nil {
		apply(`"inventory"`, "s3:PutInventoryConfiguration")
		read("s3:GetInventoryConfiguration")
	}
	if config.Replica != nil {
		apply(`"replica"`, "s3:PutReplicationConfiguration")
	}
	if config.Replica != nil && config.DataEvents != nil {
		apply(`the alarm for "replica"`, "s3:PutBucketNotification")
		read("s3:GetBucketNotification")
	}
	if !config.Lifecycle.Disabled && !(&member{config: config}).policyWaitsForLifecycle() {
		apply(`"lifecycle"`, "s3:PutLifecycleConfiguration")
	}
	return append(all, roleNeeds(config, bucket)...)
}

// roleNeeds returns what the roles of the stack ask of the bucket.
func roleNeeds(config settings.Bucket, bucket string) []need {
	role := func(suffix string) string { return config.RoleARN(settings.RoleName(config.Name, suffix)) }
	var all []need
	if config.Replica != nil {
		const without = "so that S3 couldn't copy to the replica"
		for _, action := range []string{"s3:GetReplicationConfiguration", "s3:ListBucket"} {
			all = append(all, need{action, bucket, role(settings.ReplicationSuffix), without})
		}
		for _, action := range []string{
			"s3:GetObjectLegalHold",
			"s3:GetObjectRetention",
			"s3:GetObjectVersionAcl",
			"s3:GetObjectVersionForReplication",
			"s3:GetObjectVersionTagging",
		} {
			all = append(all, need{action, bucket + "/" + anyKey, role(settings.ReplicationSuffix), without})
		}
	}
	if config.Batch && config.Account != "" {
		const without = "so that no job of S3 Batch Operations could read or renew locks"
		all = append(all, need{"s3:GetBucketObjectLockConfiguration", bucket, role(settings.BatchRoleSuffix), without})
		for _, action := range []string{"s3:GetObjectVersion", "s3:PutObjectRetention"} {
			all = append(all, need{action, bucket + "/" + anyKey, role(settings.BatchRoleSuffix), without})
		}
	}
	return all
}
