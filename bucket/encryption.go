package bucket

import (
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmskey"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketserversideencryptionconfiguration"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// keyDeletionDays is AWS's longest waiting period between the deletion of a
// key and its loss, in days: so long it can be cancelled.
// https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
const keyDeletionDays = 30

// keyRotationDays is AWS's own default, spelt out so that a plan shows it.
// https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
const keyRotationDays = 365

// encryptByDefault declares the default encryption, and the key where the
// settings ask for one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
func (b *ImmutableBucket) encryptByDefault(config settings.Bucket) cdktf.ITerraformDependable {
	algorithm := &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA{
		SseAlgorithm: jsii.String(string(config.Encryption.Algorithm)),
	}
	rule := &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleA{ApplyServerSideEncryptionByDefault: algorithm}
	if config.Encryption.Algorithm == settings.KMS {
		// A bucket key saves a call to AWS KMS for each object.
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
		rule.BucketKeyEnabled = jsii.Bool(true)
		algorithm.KmsMasterKeyId = jsii.String(config.Encryption.KeyARN)
		if config.Encryption.MakesKey() {
			algorithm.KmsMasterKeyId = b.declareKey(config)
		}
	}
	return s3bucketserversideencryptionconfiguration.NewS3BucketServerSideEncryptionConfigurationA(b.Construct, jsii.String("encryption"),
		&s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationAConfig{
			Bucket:    b.name,
			Rule:      []any{rule},
			Lifecycle: protected(config),
		})
}

// declareKey makes a key that is part of the bucket's immutability: without it
// no version can be read again. It returns its ARN.
func (b *ImmutableBucket) declareKey(config settings.Bucket) *string {
	key := kmskey.NewKmsKey(b.Construct, jsii.String("key"), &kmskey.KmsKeyConfig{
		Description:          jsii.String("Encrypts an immutable bucket: deleting it makes the bucket unreadable."),
		DeletionWindowInDays: jsii.Number(keyDeletionDays),
		EnableKeyRotation:    jsii.Bool(true),
		RotationPeriodInDays: jsii.Number(keyRotationDays),
		MultiRegion:          jsii.Bool(false),
		Policy:               jsii.String(keyPolicyOf(config).String()),
		Lifecycle:            protected(config),
	})
	return key.Arn()
}

// encryptionStatements keep a writer, and replication from elsewhere, from
// choosing another encryption for a version: a key that somebody else can
// delete or lose would make the locked version unreadable. A request that
// names nothing has none of these keys and gets the bucket's default.
//
// One that names aws:kms and no key doesn't: it gets the key that AWS manages
// for the account.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax
func encryptionStatements(objects string, e settings.Encryption) []statement {
	const (
		algorithm   = "s3:x-amz-server-side-encryption"
		key         = "s3:x-amz-server-side-encryption-aws-kms-key-id"
		customerKey = "s3:x-amz-server-side-encryption-customer-algorithm"
	)
	is := func(missing string, key string) map[string]oneOrMore { return map[string]oneOrMore{key: {missing}} }
	const named, unnamed = "false", "true"
	put := func(sid string, when conditions) statement {
		return deny(sid, []string{"s3:PutObject", "s3:ReplicateObject"}, []string{objects}, when)
	}
	other := conditions{"Null": is(named, algorithm), "StringNotEquals": {algorithm: {string(e.Algorithm)}}}
	if e.MakesKey() {
		// The key's ARN is not known at plan time, so that none can be named,
		// and without one no algorithm either.
		other = conditions{"Null": is(named, algorithm)}
	}
	statements := []statement{put("DenyOtherEncryption", other), put("DenyCustomerProvidedKey", conditions{"Null": is(named, customerKey)})}
	if e.KeyARN != "" {
		statements = append(statements,
			put("DenyOtherKey", conditions{"Null": is(named, key), "StringNotEquals": {key: {e.KeyARN}}}),
			put("DenyUnnamedKey", conditions{"Null": is(unnamed, key), "StringEquals": {algorithm: {string(settings.KMS)}}}))
	}
	return statements
}
