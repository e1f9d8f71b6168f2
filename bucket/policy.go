package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpolicy"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// declarePolicy attaches the bucket policy after everything else, because from
// then on only the guardians can change the bucket.
func (m *member) declarePolicy(d policy.Document, after []cdktf.ITerraformDependable) {
	m.policy = s3bucketpolicy.NewS3BucketPolicy(m.scope, m.id("policy"), &s3bucketpolicy.S3BucketPolicyConfig{
		Bucket:    m.name,
		Policy:    jsii.String(m.text(d)),
		DependsOn: &after,
		Lifecycle: m.protected(),
		Provider:  m.provider,
	})
}

// policyWaitsForLifecycle reports whether the policy is attached after the
// lifecycle configuration. With guardians it must be, because the policy then
// denies changes of the lifecycle. At an endpoint it isn't otherwise: on servers
// that don't return x-amz-transition-default-minimum-object-size the provider
// never finishes the lifecycle, and the bucket would stay without its policy.
// https://github.com/hashicorp/terraform-provider-aws/issues/46021
func (m *member) policyWaitsForLifecycle() bool {
	return m.config.Endpoint == "" || len(m.config.Guardians) > 0
}

// policyOf returns the bucket policy. The guards only deny; IAM decides what is
// allowed. The owner's statements come last. The resources contain the full name:
// S3 refuses "*", and compatible servers refuse patterns.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
func policyOf(config settings.Bucket, name string) policy.Document {
	bucket := "arn:" + config.Partition() + ":s3:::" + name
	objects := bucket + "/*"
	d := policy.Document{Version: policy.Version}
	add := func(statements ...policy.Statement) { d.Statement = append(d.Statement, statements...) }

	add(transportStatements(bucket, objects, config)...)
	add(retentionStatements(objects, config.Retention)...)
	add(encryptionStatements(objects, config.Encryption)...)
	if config.DeleteMarkers == settings.DenyDeleteMarkers {
		add(denyDeleteMarkers(objects))
	}
	if config.WriteOnce {
		add(denyOverwrite(objects))
	}
	if len(config.Guardians) > 0 {
		add(sealStatements(bucket, objects, config)...)
	}
	add(ownerStatements(config)...)
	return d
}

// transportStatements deny plain HTTP, unless the settings allow it, and older
// versions of TLS.
func transportStatements(bucket, objects string, config settings.Bucket) policy.Statements {
	tls := denyOldTLS(bucket, objects, config.MinimumTLSVersion)
	if config.AllowPlainHTTP {
		return policy.Statements{tls}
	}
	return policy.Statements{denyInsecureTransport(bucket, objects), tls}
}

// denyInsecureTransport denies plain HTTP.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit
func denyInsecureTransport(bucket, objects string) policy.Statement {
	return deny("DenyInsecureTransport", []string{"s3:*"}, []string{bucket, objects},
		policy.Conditions{"Bool": {"aws:SecureTransport": {"false"}}})
}

// denyOldTLS denies older versions of TLS. A request without TLS has no
// s3:TlsVersion; denyInsecureTransport denies it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
func denyOldTLS(bucket, objects string, minimum settings.TLSVersion) policy.Statement {
	return deny("DenyOldTLS", []string{"s3:*"}, []string{bucket, objects},
		policy.Conditions{"NumericLessThan": {"s3:TlsVersion": {string(minimum)}}})
}

// denyDeleteMarkers denies deletes without a version ID; deleting a version is
// another action, s3:DeleteObjectVersion. s3:ReplicateDelete lets replication
// copy delete markers from another bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
func denyDeleteMarkers(objects string) policy.Statement {
	return deny("DenyDeleteMarkers", []string{"s3:DeleteObject", "s3:ReplicateDelete"}, []string{objects}, nil)
}

// denyOverwrite denies every request that creates an object without
// If-None-Match. S3 itself refuses a request with it if the key has an object.
// Uploading a part needs s3:PutObject too but creates no object. AWS services
// that deliver logs can't send the header, so they are exempt.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
func denyOverwrite(objects string) policy.Statement {
	return deny("DenyOverwrite", []string{"s3:PutObject"}, []string{objects}, policy.Conditions{
		"Null":         {"s3:if-none-match": {"true"}},
		"Bool":         {"s3:ObjectCreationOperation": {"true"}},
		"BoolIfExists": {"aws:PrincipalIsAWSService": {"false"}},
	})
}
