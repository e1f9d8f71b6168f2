package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlifecycleconfiguration"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// evidencePrefix is the prefix of the logical ids of the evidence bucket's
// resources.
const evidencePrefix = "evidence_"

// evidenceOf returns the settings of the evidence bucket of the bucket with the
// given name. Reports and access logs are always delivered with SSE-S3, so its
// encryption is AES256. AWS doesn't document the TLS version of its deliveries, so
// the policy requires only TLS 1.2, as AWS does.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
func evidenceOf(config settings.Bucket, name string) settings.Bucket {
	e := settings.DefaultBucket()
	e.Name = config.EvidenceName(name)
	e.Region, e.Account = config.Region, config.Account
	e.Endpoint, e.AllowPlainHTTP = config.Endpoint, config.AllowPlainHTTP
	e.Tags, e.Guardians = config.Tags, config.Guardians
	e.PreventDestroy, e.Lifecycle.Disabled = config.PreventDestroy, config.Lifecycle.Disabled
	return e
}

// declareEvidence declares the bucket for reports. It isn't locked, because S3
// can't deliver server access logs to a bucket with Object Lock. Instead its policy
// denies deletions, so that only the lifecycle deletes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
func (b *ImmutableBucket) declareEvidence() {
	config := evidenceOf(b.data.config, b.data.policyName())
	e := &member{scope: b.Construct, prefix: evidencePrefix, config: config}
	b.evidence = e
	e.declareBucket(false)
	versioning := e.enableVersioning()
	before := []cdktf.ITerraformDependable{versioning, e.blockPublicAccess(), e.ownObjects(), e.encryptByDefault()}
	if !config.Lifecycle.Disabled {
		lifecycle := e.declareLifecycle(evidenceRules(b.data.config.Evidence.ExpirationDays), versioning)
		if e.policyWaitsForLifecycle() {
			before = append(before, lifecycle)
		}
	}
	e.declarePolicy(evidencePolicy(b.data.config, config, b.data.policyName(), e.policyName()), before)
}

// evidenceRules returns the rules that expire reports after a number of days. An
// overwritten report stays for the same number of days, so that overwriting
// removes nothing sooner.
func evidenceRules(days int) []*lifecycleRule {
	rule := wholeBucket("expire-old-reports")
	rule.Expiration = []any{&s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleExpiration{
		Days: jsii.Number(days),
	}}
	rule.NoncurrentVersionExpiration = noncurrentAfter(days)
	return []*lifecycleRule{abortUploads(settings.DefaultAbortDays), rule}
}

// evidencePolicy returns the policy of the evidence bucket: the guards of the data
// bucket except those about locks, and a denial of every deletion. data and name
// are the names of the two buckets.
func evidencePolicy(config, evidence settings.Bucket, data, name string) policy.Document {
	bucket := "arn:" + config.Partition() + ":s3:::" + name
	objects := bucket + "/*"
	d := policy.Document{Version: policy.Version}
	add := func(statements ...policy.Statement) { d.Statement = append(d.Statement, statements...) }
	add(transportStatements(bucket, objects, evidence)...)
	add(encryptionStatements(objects, evidence.Encryption)...)
	add(denyEvidenceDeletion(objects))
	if len(evidence.Guardians) > 0 {
		add(sealStatements(bucket, objects, evidence)...)
	}
	if config.AccessLogs {
		add(allowAccessLogs(config, data, bucket))
	}
	if config.Inventory != nil {
		add(allowInventory(config, data, bucket))
	}
	return d
}

// allowDelivery allows an AWS service to write objects on behalf of the data
// bucket only: without the conditions, any account could have it write here.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func allowDelivery(sid, service, objects string, config settings.Bucket, data string) policy.Statement {
	return policy.Statement{
		Sid: sid, Effect: "Allow", Principal: policy.Principals{"Service:" + service},
		Action: policy.Values{"s3:PutObject"}, Resource: policy.Values{objects},
		Condition: policy.Conditions{
			"ArnEquals":    {"aws:SourceArn": {"arn:" + config.Partition() + ":s3:::" + data}},
			"StringEquals": {"aws:SourceAccount": {config.Account}},
		},
	}
}

// denyEvidenceDeletion denies everybody the deletion and hiding of reports, and their
// encryption with a key, whose deletion would make them unreadable: S3 refuses that
// only for locked versions. A bucket policy doesn't apply to lifecycle rules.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
func denyEvidenceDeletion(objects string) policy.Statement {
	return deny("DenyEvidenceDeletion", []string{
		"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ReplicateDelete", "s3:UpdateObjectEncryption",
	}, []string{objects}, nil)
}
