package check

import (
	"slices"

	"datalock/internal/check/iampolicy"
)

// markEvidence marks the buckets beside a locked one that are not locked
// themselves, and whose policy denies everybody to delete objects: reports about
// the locked bucket can be delivered there, which services can't do into every
// bucket with Object Lock. They and their guards are judged like locked ones.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
func (s *Subject) markEvidence() {
	if !slices.ContainsFunc(s.ofType[bucketType], func(b *resource) bool { return b.locked }) {
		return
	}
	for _, r := range s.ofType[policyType] {
		if b := r.bucket; b != nil && !b.locked && (deniesDeletions(r, r.before) || deniesDeletions(r, r.after)) {
			b.evidence = true
		}
	}
}

// deniesDeletions reports whether the bucket policy in some values of a resource
// denies everybody to delete any object or version.
func deniesDeletions(r *resource, values object) bool {
	policy := text(values, "policy")
	document, err := iampolicy.Parse(policy)
	if err != nil {
		return false
	}
	names := []string{text(values, "bucket"), text(r.bucket.before, "bucket"), text(r.bucket.after, "bucket")}
	return slices.ContainsFunc(names, func(name string) bool {
		objects := "arn:" + partitionOf(policy) + ":s3:::" + name + "/*"
		return name != "" && document.DeniesEverybody("s3:DeleteObject", objects) &&
			document.DeniesEverybody("s3:DeleteObjectVersion", objects)
	})
}
