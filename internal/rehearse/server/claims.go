package main

import "datalock/internal/rehearse/server/internal/front"

// What the server enforces, only keeps, and lacks: the one list of it. The ready
// line quotes it, reports quote the ready line, and a test holds README.md to it.

func enforced() []string {
	return []string{
		"retention and legal hold of each version, whatever becomes of the bucket's default rule: it is written onto each new version (put, form upload, copy, multipart) before that can be read",
		"COMPLIANCE against everybody, GOVERNANCE unless bypassed by who may, a legal hold beyond the retention",
		"Object Lock can't be switched off, versioning can't be suspended, a bucket that holds versions can't be deleted",
		"a checksum or Content-MD5 with each put and part whose version gets a lock",
		"If-None-Match and If-Match on put, on copy and on completing a multipart upload, with one winner in a race",
		"checksums and signatures",
		"no ACL but bucket-owner-full-control in a bucket with BucketOwnerEnforced",
		"bucket policies, with the condition keys of Object Lock, conditional writes, TLS, principals and request headers; they bind the account root too, which may always read, replace and remove the policy",
		"BlockPublicPolicy, when a policy is put",
	}
}

// kept lists what is stored and served but has no effect.
func kept() []string {
	return append(front.Kept(),
		"website",
		"the encryption that a put names, a customer's key included: each version shows its encryption, and nothing is encrypted",
		"storage class: each version shows it, and everything can be read at once",
		"policy statements with NotPrincipal, NotAction or NotResource",
		"publicAccessBlock other than BlockPublicPolicy",
	)
}

// gaps lists what differs from S3.
func gaps(tls bool) []string {
	list := []string{
		"keys are file paths: refused are keys with an empty, '.' or '..' part, keys with a part of more than 255 bytes, keys below .sgwtmp/, keys that have another key as their folder, and in a bucket with Object Lock keys that end in '/'",
		"a form upload needs s3:PutObject on the bucket too, from the user's own rights, and no checksum",
		"event holds: a policy can refuse them, otherwise their headers are ignored",
		"a new bucket has no public access block, where S3 gives it one",
		"the account preparer is exempt from bucket policies; AWS has no such account",
		"there is no KMS, STS, IAM or CloudTrail endpoint",
	}
	if !tls {
		list = append(list, plainHTTP)
	}
	return list
}

// plainHTTP is what lacks without --tls.
const plainHTTP = "plain http: a policy that demands TLS denies every request, but for the account root's on the policy itself; --tls serves https"
