package bucket

// sealedConfiguration are the actions on a bucket with which the lock, the
// guards or the bucket itself could be changed or removed.
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

// sealStatements leave the bucket's configuration, ACLs and legal holds to the
// guardians. They match on aws:PrincipalArn, which for a session of a role is
// the role's ARN; NotPrincipal would need each session's name, and AWS advises
// against it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func sealStatements(bucket, objects string, guardians []string) []statement {
	strangers := map[string]oneOrMore{"aws:PrincipalArn": guardians}
	return []statement{
		deny("SealConfiguration", sealedConfiguration, []string{bucket}, conditions{"ArnNotEquals": strangers}),
		// An upload may name the one ACL that gives nothing to anybody else,
		// as many clients and AWS's log deliveries do.
		deny("SealObjectACLs", []string{"s3:PutObjectAcl", "s3:PutObjectVersionAcl"}, []string{objects}, conditions{
			"ArnNotEquals":            strangers,
			"StringNotEqualsIfExists": {"s3:x-amz-acl": {"bucket-owner-full-control"}},
		}),
		deny("SealLegalHolds", []string{"s3:PutObjectLegalHold"}, []string{objects}, conditions{
			"ArnNotEquals": strangers,
			"StringEquals": {"s3:object-lock-legal-hold": {"OFF"}},
		}),
	}
}
