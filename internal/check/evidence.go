package check

import (
	"slices"

	"datalock/internal/check/iampolicy"
)

// markEvidence marks the evidence buckets: buckets without Object Lock, next to
// a locked one, whose policy denies everybody the deletion of objects. They hold
// reports about the locked bucket, because some AWS services can't deliver to a
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

// deniesDeletions reports whether the bucket policy in values denies everybody
// the deletion of every object and version.
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
