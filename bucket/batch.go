package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"
)

// declareBatch declares the role for jobs of S3 Batch Operations. Unlike AWS's
// sample policy for Object Lock, it doesn't allow s3:BypassGovernanceRetention.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html
func (b *ImmutableBucket) declareBatch() {
	b.batch, _ = b.declareRole("batch", settings.BatchRoleSuffix,
		"Lengthens retentions and sets legal holds for jobs of S3 Batch Operations.",
		trustPolicy("batchoperations.s3.amazonaws.com", nil),
		batchPolicy(b.data.config, b.data.policyName(), b.evidence.policyName()))
}

// batchPolicy returns the policy of the role: read versions and their locks,
// lengthen retentions, set legal holds, read manifests, and write reports.
func batchPolicy(config settings.Bucket, data, evidence string) policy.Document {
	arn := "arn:" + config.Partition() + ":s3:::"
	d := policy.Document{Version: policy.Version, Statement: policy.Statements{
		allow("ReadLockConfiguration", []string{"s3:GetBucketObjectLockConfiguration"}, arn+data),
		allow("LockVersions", []string{
			"s3:GetObject", "s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersion",
			"s3:PutObjectLegalHold", "s3:PutObjectRetention",
		}, arn+data+"/*"),
		allow("ReadManifests", []string{"s3:GetObject", "s3:GetObjectVersion"},
			arn+evidence+"/"+settings.BatchManifests+"*", arn+evidence+"/"+settings.InventoryReports+"*"),
		allow("WriteReports", []string{"s3:PutObject"}, arn+evidence+"/"+settings.BatchReports+"*"),
	}}
	if config.Encryption.Algorithm == settings.KMS {
		d.Statement = append(d.Statement, useKey("Decrypt", []string{"kms:Decrypt"}, config, data))
	}
	return d
}
