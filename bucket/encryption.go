package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmskey"
	sse "github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketserversideencryptionconfiguration"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// keyDeletionDays is the longest waiting period, in days, that AWS KMS offers
// before it deletes a key. Until then the deletion can be cancelled.
// https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
const keyDeletionDays = 30

// keyRotationDays is AWS's default, in days. It is set so that a plan shows it.
// https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
const keyRotationDays = 365

// otherEncryption is the Sid of the statement that allows only one algorithm.
const otherEncryption = "DenyOtherEncryption"

// encryptByDefault declares the default encryption, and a key if the settings
// ask for one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
func (m *member) encryptByDefault() cdktf.ITerraformDependable {
	algorithm := &sse.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA{
		SseAlgorithm: jsii.String(string(m.config.Encryption.Algorithm)),
	}
	rule := &sse.S3BucketServerSideEncryptionConfigurationRuleA{ApplyServerSideEncryptionByDefault: algorithm}
	if m.config.Encryption.Algorithm == settings.KMS {
		// A bucket key saves a call to AWS KMS for each object.
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
		rule.BucketKeyEnabled = jsii.Bool(true)
		m.key = jsii.String(m.config.Encryption.KeyARN)
		if m.config.Encryption.MakesKey() {
			m.key = m.declareKey()
		}
		algorithm.KmsMasterKeyId = m.key
	}
	return sse.NewS3BucketServerSideEncryptionConfigurationA(m.scope, m.id("encryption"),
		&sse.S3BucketServerSideEncryptionConfigurationAConfig{
			Bucket:    m.name,
			Rule:      []any{rule},
			Lifecycle: m.protected(),
			Provider:  m.provider,
		})
}

// declareKey declares the bucket's key and returns its ARN. The key must be as
// durable as the data: without it no version can be read.
func (m *member) declareKey() *string {
	key := kmskey.NewKmsKey(m.scope, m.id("key"), &kmskey.KmsKeyConfig{
		Description:          jsii.String("Encrypts an immutable bucket: deleting it makes the bucket unreadable."),
		DeletionWindowInDays: jsii.Number(keyDeletionDays),
		EnableKeyRotation:    jsii.Bool(true),
		RotationPeriodInDays: jsii.Number(keyRotationDays),
		MultiRegion:          jsii.Bool(false),
		Policy:               jsii.String(keyPolicyOf(m.config).String()),
		Lifecycle:            m.protected(),
		Provider:             m.provider,
	})
	return key.Arn()
}

// encryptionStatements deny uploads and replication with another encryption:
// if somebody else deletes or loses the key, the locked version is unreadable.
// A request that sets no encryption has none of these condition keys and gets
// the bucket's default. A request that sets aws:kms without a key gets the key
// that AWS manages for the account, so it is denied too.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax
func encryptionStatements(objects string, e settings.Encryption) policy.Statements {
	const (
		algorithm   = "s3:x-amz-server-side-encryption"
		key         = "s3:x-amz-server-side-encryption-aws-kms-key-id"
		customerKey = "s3:x-amz-server-side-encryption-customer-algorithm"
	)
	// The Null operator is true if the request doesn't have the condition key.
	present := func(key string) map[string]policy.Values { return map[string]policy.Values{key: {"false"}} }
	absent := func(key string) map[string]policy.Values { return map[string]policy.Values{key: {"true"}} }
	put := func(sid string, when policy.Conditions) policy.Statement {
		return deny(sid, []string{"s3:PutObject", "s3:ReplicateObject"}, []string{objects}, when)
	}
	other := policy.Conditions{"Null": present(algorithm), "StringNotEquals": {algorithm: {string(e.Algorithm)}}}
	if e.MakesKey() {
		// The ARN of the stack's key isn't known at plan time, so the policy
		// can't allow it. Uploads must set no encryption at all.
		other = policy.Conditions{"Null": present(algorithm)}
	}
	statements := policy.Statements{
		put(otherEncryption, other),
		put("DenyCustomerProvidedKey", policy.Conditions{"Null": present(customerKey)}),
	}
	if e.KeyARN != "" {
		statements = append(statements,
			put("DenyOtherKey", policy.Conditions{"Null": present(key), "StringNotEquals": {key: {e.KeyARN}}}),
			put("DenyUnnamedKey", policy.Conditions{"Null": absent(key), "StringEquals": {algorithm: {string(settings.KMS)}}}))
	}
	return statements
}
