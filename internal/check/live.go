package check

import (
	"slices"

	"datalock/internal/check/iampolicy"
)

// This file has the comparisons that audit uses for deployed buckets.

// Named returns the rule with a name. It panics if there is none.
func Named(name string) Rule {
	rules := Rules()
	return rules[slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })]
}

// BucketLockedOut returns a message for each of reading the data and changing
// the policy that a bucket policy denies to everybody but the account's root
// user. account and region are the bucket's, empty if not known.
func BucketLockedOut(policy iampolicy.Document, bucketARN, account, region string) []string {
	w := ward{document: policy, owner: account, principals: policy.Principals(account)}
	w.ofBucket(bucketARN, region)
	return w.lockedOut()
}

// KeyLockedOut does the same for the policy of a KMS key that encrypts data.
func KeyLockedOut(policy iampolicy.Document, account string) []string {
	w := ward{document: policy, owner: account, principals: policy.Principals(account)}
	w.ofKey(true)
	return w.lockedOut()
}

// ExpiresSooner returns the ids of the rules of a lifecycle that expire versions
// sooner than any rule of the lifecycle than, or other versions. Both have the
// form of Terraform's aws_s3_bucket_lifecycle_configuration.
func ExpiresSooner(than, lifecycle map[string]any) []string {
	return sooner(expiries(than), expiries(lifecycle))
}

// Weaker reports whether an algorithm of default encryption is unknown or
// weaker than another one.
func Weaker(algorithm, than string) bool {
	return strength[algorithm] == 0 || strength[algorithm] < strength[than]
}

// RolePolicy returns the policy of a role, or the one of who may assume it, with
// the principal or the resource that its statements don't have, so that it can be
// compared.
func RolePolicy(text string) string { return completed(text) }
