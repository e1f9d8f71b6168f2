package check

import (
	"slices"

	"datalock/internal/check/iampolicy"
)

// What judges a bucket that is deployed, by the same comparisons as a plan.

// Named returns the rule of a name. It panics if there is none, which is a
// mistake of the caller.
func Named(name string) Rule {
	rules := Rules()
	return rules[slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })]
}

// BucketLockedOut says what a bucket policy denies to everybody but the
// account's root user: to read the data, or to change the policy. account and
// region are those of the bucket, empty if they aren't known.
func BucketLockedOut(policy iampolicy.Document, bucketARN, account, region string) []string {
	w := ward{document: policy, owner: account}
	w.ofBucket(bucketARN, region)
	return w.lockedOut()
}

// KeyLockedOut says the same of the policy of a KMS key that encrypts data.
func KeyLockedOut(policy iampolicy.Document, account string) []string {
	w := ward{document: policy, owner: account}
	w.ofKey(true)
	return w.lockedOut()
}

// ExpiresSooner returns the ids of those rules of a lifecycle that expire
// versions sooner than any rule of another one, or other versions. Both have the
// form of Terraform's aws_s3_bucket_lifecycle_configuration.
func ExpiresSooner(than, lifecycle map[string]any) []string {
	return sooner(expiries(than), expiries(lifecycle))
}

// Weaker reports whether an algorithm of default encryption is weaker than
// another one, or unknown.
func Weaker(algorithm, than string) bool {
	return strength[algorithm] == 0 || strength[algorithm] < strength[than]
}
