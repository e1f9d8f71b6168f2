package main

import "datalock/internal/rehearse/server/internal/front"

// What the server enforces, only keeps, and lacks. The ready line and every report
// quote these lists, and a test compares README.md with them.

func enforced() []string {
	return []string{
		"retention and legal holds of versions: each new version (put, form upload, copy, multipart) has them before it " +
			"can be read, " +
			"and keeps them if the bucket's default changes",
		"COMPLIANCE for everybody, GOVERNANCE except for those who may bypass it, legal holds also after the retention",
		"Object Lock can't be disabled, versioning can't be suspended, a bucket with versions can't be deleted",
		"a checksum or Content-MD5 on each put and each part of a version that gets a lock, and on retention, lifecycle and " +
			"replication",
		"If-None-Match and If-Match on put, copy and completing a multipart upload, with one winner in a race",
		"checksums and signatures",
		"with BucketOwnerEnforced, no ACL except bucket-owner-full-control",
		"bucket policies, with the condition keys of Object Lock, conditional writes, TLS, principals and request headers; " +
			"they apply to the account root too, which can always read, replace and remove the policy",
		"BlockPublicPolicy, when a policy is set",
		"S3 Batch Operations jobs from a CSV manifest for PutObjectRetention, PutObjectLegalHold and Compute checksum: " +
			"each task has the rights of the role and is subject to the bucket policy, and a job fails if more than 50% of " +
			"its tasks have failed after 1,000",
	}
}

// kept lists what is stored and returned but has no effect.
func kept() []string {
	return append(front.Kept(),
		"website",
		"the encryption that a put sets, including a customer-provided key: "+
			"each version shows its encryption, but nothing is encrypted",
		"the storage class: each version shows it, but everything can be read immediately",
		"policy statements with NotPrincipal, NotAction or NotResource",
		"publicAccessBlock other than BlockPublicPolicy",
	)
}

// gaps lists what differs from S3.
func gaps(tls bool) []string {
	list := []string{
		"keys are file paths: the server refuses keys with an empty, '.' or '..' part, keys with a part over 255 bytes, " +
			"keys below .sgwtmp/, keys that have another key as their folder, " +
			"and keys that end in '/' in a bucket with Object Lock",
		"a form upload also needs s3:PutObject on the bucket, from the user's own permissions, and needs no checksum",
		"event holds: a policy can deny them, otherwise their headers are ignored",
		"a new bucket has no public access block, unlike in S3",
		"the account preparer is exempt from bucket policies; AWS has no such account",
		"S3 Batch Operations: one role, no other operations, manifests or checksums of the type COMPOSITE, and one job at " +
			"a time; " +
			"a job that runs when the server stops is run again by the next start",
		"policies: what S3 may refuse is accepted if it is about principals that don't exist, keys of other services, " +
			"s3:CreateBucket, or a Sid that is there twice",
		"condition keys that are absent although S3 has them: s3:ExistingObjectTag, s3:RequestObjectTagKeys, " +
			"s3:BucketTag, s3:signatureAge, aws:userid",
		"a default retention counts from the completion of a multipart upload",
		"a copy of a version also needs s3:GetObject",
		"there is no KMS, STS, IAM or CloudTrail endpoint",
	}
	if !tls {
		list = append(list, plainHTTP)
	}
	return list
}

// plainHTTP is the gap without --tls.
const plainHTTP = "plain HTTP: a policy that requires TLS denies every request, except the account root's requests " +
	"for the policy; " +
	"use --tls for HTTPS"
