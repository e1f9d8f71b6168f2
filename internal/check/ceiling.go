package check

import (
	"slices"

	"datalock/internal/check/iampolicy"
	"datalock/settings"
)

// ceilingOf returns the longest retention in days that the bucket policy allows
// after the apply: S3's own limit if there is no policy, and 0 if the policy
// isn't known. A bucket that exists shows a policy that the plan doesn't have.
func (s *Subject) ceilingOf(lock *resource) float64 {
	bucket := lock.bucket
	if lock.kind == bucketType {
		bucket = lock
	}
	if bucket == nil {
		return 0 // the bucket isn't in the plan, so its policy isn't known
	}
	policy := ""
	switch {
	case bucket.guardedBy[policyType]:
		for _, r := range s.ofType[policyType] {
			if r.bucket == bucket && r.stays() {
				if r.unknownIn("policy") != "" {
					return 0
				}
				policy = text(r.after, "policy")
			}
		}
	case bucket.declaresInline("policy"), text(bucket.after, "policy") != "":
		policy = text(bucket.after, "policy")
	case bucket.remains() && at(bucket.after, "policy") == nil,
		slices.ContainsFunc(s.ofType[policyType], (*resource).ofAny):
		return 0
	default:
		return settings.MaximumDays
	}
	document, err := iampolicy.Parse(policy)
	if err != nil {
		return 0
	}
	objects := "arn:" + partitionOf(policy) + ":s3:::" + lock.bucketName() + "/*"
	// Retention can be set with the upload and afterwards.
	return slices.Max([]float64{
		document.Most("s3:PutObject", objects, remainingDays, settings.MaximumDays),
		document.Most("s3:PutObjectRetention", objects, remainingDays, settings.MaximumDays),
	})
}

// ofAny reports whether a guard may be of any bucket: the plan shows neither its bucket
// nor its name.
func (r *resource) ofAny() bool {
	return r.stays() && r.bucket == nil && text(r.after, "bucket") == ""
}

const remainingDays = "s3:object-lock-remaining-retention-days"
