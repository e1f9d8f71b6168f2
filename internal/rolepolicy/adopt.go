package rolepolicy

import (
	"slices"

	"datalock/internal/policy"
	"datalock/settings"
)

// Adopt reads a bucket that no stack declares yet; see [AdoptPolicy].
const Adopt Phase = "adopt"

// adoptBucket is what datalock adopt reads of the bucket beside what an audit
// does: what a stack leaves alone.
var adoptBucket = []string{
	"s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketRequestPayment",
	"s3:GetBucketTagging", "s3:GetBucketWebsite",
}

// AdoptPolicy returns the policy of a role that runs datalock adopt, for a bucket
// of which there is no stack yet, in the partition of a Region.
func AdoptPolicy(bucket, region string) policy.Document {
	arn := "arn:" + settings.Partition(region) + ":s3:::" + bucket
	reads := slices.Sorted(slices.Values(slices.Concat(auditBucket, adoptBucket)))
	return policy.Document{Version: policy.Version, Statement: policy.Statements{
		{Sid: "ReadBucket", Effect: "Allow", Action: reads, Resource: policy.Values{arn}},
		{Sid: "Objects", Effect: "Allow", Action: verifyObjects, Resource: policy.Values{arn + "/*"}},
		{Sid: "NeverRemoveOrHide", Effect: "Deny", Action: dataNever, Resource: policy.Values{arn + "/*"}},
		{Sid: "NeverChangeBucket", Effect: "Deny", Action: dataNeverBucket, Resource: policy.Values{arn}},
		{Sid: "NeverWrite", Effect: "Deny", Action: verifyNever, Resource: policy.Values{arn + "/*"}},
	}}
}
