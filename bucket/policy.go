package bucket

import (
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpolicy"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// declarePolicy attaches the bucket policy once everything else stands: from
// then on none but the guardians may change it.
func (b *ImmutableBucket) declarePolicy(config settings.Bucket, after []cdktf.ITerraformDependable) {
	name := config.Name
	if name == "" {
		name = *b.name
	}
	s3bucketpolicy.NewS3BucketPolicy(b.Construct, jsii.String("policy"), &s3bucketpolicy.S3BucketPolicyConfig{
		Bucket:    b.name,
		Policy:    jsii.String(policyOf(config, name).String()),
		DependsOn: &after,
		Lifecycle: protected(config),
	})
}

// policyOf returns the whole policy of the bucket of the given name. It only
// denies: what is allowed stays the business of IAM. The resources are spelled
// out, because S3 takes no "*" and compatible servers no pattern.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
func policyOf(config settings.Bucket, name string) document {
	bucket := "arn:" + settings.Partition(config.Region) + ":s3:::" + name
	objects := bucket + "/*"
	d := document{Version: "2012-10-17"}
	add := func(statements ...statement) { d.Statement = append(d.Statement, statements...) }

	add(denyInsecureTransport(bucket, objects), denyOldTLS(bucket, objects, config.MinimumTLSVersion))
	add(retentionStatements(objects, config.Retention)...)
	add(encryptionStatements(objects, config.Encryption)...)
	if config.DeleteMarkers == settings.DenyDeleteMarkers {
		add(denyDeleteMarkers(objects))
	}
	if config.WriteOnce {
		add(denyOverwrite(objects))
	}
	if len(config.Guardians) > 0 {
		add(sealStatements(bucket, objects, config.Guardians)...)
	}
	return d
}

// denyInsecureTransport refuses plain HTTP.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit
func denyInsecureTransport(bucket, objects string) statement {
	return deny("DenyInsecureTransport", []string{"s3:*"}, []string{bucket, objects},
		conditions{"Bool": {"aws:SecureTransport": {"false"}}})
}

// denyOldTLS refuses older versions of TLS. A request without TLS has no
// s3:TlsVersion, and is the business of the statement before.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
func denyOldTLS(bucket, objects string, minimum settings.TLSVersion) statement {
	return deny("DenyOldTLS", []string{"s3:*"}, []string{bucket, objects},
		conditions{"NumericLessThan": {"s3:TlsVersion": {string(minimum)}}})
}

// denyDeleteMarkers refuses deletes that name no version. Deleting a version
// is another action, s3:DeleteObjectVersion. The second action is that of
// replication from elsewhere, which may bring delete markers along.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
func denyDeleteMarkers(objects string) statement {
	return deny("DenyDeleteMarkers", []string{"s3:DeleteObject", "s3:ReplicateDelete"}, []string{objects}, nil)
}

// denyOverwrite refuses every request that creates an object without
// if-none-match; S3 refuses those with it where the key has an object. The
// parts of an upload need s3:PutObject too, but create nothing. AWS services
// that deliver logs can't send the header, and are let through.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
func denyOverwrite(objects string) statement {
	return deny("DenyOverwrite", []string{"s3:PutObject"}, []string{objects}, conditions{
		"Null":         {"s3:if-none-match": {"true"}},
		"Bool":         {"s3:ObjectCreationOperation": {"true"}},
		"BoolIfExists": {"aws:PrincipalIsAWSService": {"false"}},
	})
}
