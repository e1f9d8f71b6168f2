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
		for _, values := range r.everyValues() {
			b := r.bucket
			if r.moved && text(values, "bucket") != text(r.after, "bucket") {
				b = r.former
			}
			if b != nil && !b.locked && deniesDeletions(b, values) {
				b.evidence = true
			}
		}
	}
	ofEvidence := map[string]bool{}
	for _, b := range s.ofType[bucketType] {
		if !b.locked && (deniesDeletions(b, b.before) || deniesDeletions(b, b.found)) {
			b.evidence = true // its policy isn't in the plan
		}
		ofEvidence[b.address] = ofEvidence[b.address] || b.evidence
	}
	for _, b := range s.ofType[bucketType] {
		if b.deposed && !b.locked && ofEvidence[b.address] {
			b.evidence = true // it was one, under another name
		}
	}
}

// deniesDeletions reports whether the policy in values denies everybody the
// deletion of every object and version of a bucket.
func deniesDeletions(b *resource, values object) bool {
	policy := text(values, "policy")
	document, err := iampolicy.Parse(policy)
	if err != nil {
		return false
	}
	names := []string{text(values, "bucket"), text(b.before, "bucket"), text(b.after, "bucket")}
	return slices.ContainsFunc(names, func(name string) bool {
		objects := "arn:" + partitionOf(policy) + ":s3:::" + name + "/*"
		return name != "" && document.DeniesEverybody("s3:DeleteObject", objects) &&
			document.DeniesEverybody("s3:DeleteObjectVersion", objects)
	})
}
