package bucketpolicy

import (
	_ "embed" // s3Actions
	"strings"

	"github.com/versity/versitygw/auth"
)

// actions are those that versitygw asks for, by the names that it gives them.
var actions = []string{
	"s3:GetBucketAcl", "s3:CreateBucket", "s3:PutBucketAcl", "s3:DeleteBucket",
	"s3:PutBucketVersioning", "s3:GetBucketVersioning", "s3:PutBucketPolicy",
	"s3:GetBucketPolicy", "s3:DeleteBucketPolicy", "s3:AbortMultipartUpload",
	"s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads", "s3:PutObject",
	"s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject", "s3:DeleteObjectVersion",
	"s3:GetObjectAcl", "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes",
	"s3:PutObjectAcl", "s3:RestoreObject", "s3:GetBucketTagging", "s3:PutBucketTagging",
	"s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging",
	"s3:PutObjectVersionTagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging",
	"s3:ListBucketVersions", "s3:ListBucket", "s3:GetBucketObjectLockConfiguration",
	"s3:PutBucketObjectLockConfiguration", "s3:GetObjectLegalHold", "s3:PutObjectLegalHold",
	"s3:GetObjectRetention", "s3:PutObjectRetention", "s3:BypassGovernanceRetention",
	"s3:PutBucketOwnershipControls", "s3:GetBucketOwnershipControls", "s3:PutBucketCORS",
	"s3:GetBucketCORS", "s3:PutAnalyticsConfiguration", "s3:GetAnalyticsConfiguration",
	"s3:PutEncryptionConfiguration", "s3:GetEncryptionConfiguration",
	"s3:PutIntelligentTieringConfiguration", "s3:GetIntelligentTieringConfiguration",
	"s3:PutInventoryConfiguration", "s3:GetInventoryConfiguration",
	"s3:PutLifecycleConfiguration", "s3:GetLifecycleConfiguration", "s3:PutBucketLogging",
	"s3:GetBucketLogging", "s3:PutBucketRequestPayment", "s3:GetBucketRequestPayment",
	"s3:PutMetricsConfiguration", "s3:GetMetricsConfiguration", "s3:PutReplicationConfiguration",
	"s3:GetReplicationConfiguration", "s3:PutBucketPublicAccessBlock",
	"s3:GetBucketPublicAccessBlock", "s3:PutBucketNotification", "s3:GetBucketNotification",
	"s3:PutAccelerateConfiguration", "s3:GetAccelerateConfiguration", "s3:PutBucketWebsite",
	"s3:GetBucketWebsite", "s3:DeleteBucketWebsite", "s3:GetBucketPolicyStatus",
	"s3:GetBucketLocation", "s3:ListAllMyBuckets",
}

// meant returns the actions that a policy's action stands for. IAM compares
// them without regard to case, and versitygw with it.
func meant(pattern string) []string {
	if pattern == "*" || strings.EqualFold(pattern, string(auth.AllActions)) {
		return []string{string(auth.AllActions)}
	}
	var found []string
	for _, action := range actions {
		if like(strings.ToLower(pattern), strings.ToLower(action)) {
			found = append(found, action)
		}
	}
	return found
}

// s3Actions are S3's own actions by what they are about: the bucket, an object,
// or neither.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
//
//go:embed actions.txt
var s3Actions string

// kindsOf returns what the actions are about that a policy's action stands for;
// none where S3 has no such action.
func kindsOf(pattern string) map[string]bool {
	found := map[string]bool{}
	pattern = strings.ToLower(pattern)
	for line := range strings.Lines(s3Actions) {
		names := strings.Fields(line)
		for _, name := range names[1:] {
			if pattern == "*" || like(pattern, "s3:"+strings.ToLower(name)) {
				found[names[0]] = true
			}
		}
	}
	return found
}

// applies says whether the statement names a resource for the action.
func (s Statement) applies(action string) bool {
	kinds := kindsOf(action)
	for _, resource := range s.Resource {
		name, _, isObject := strings.Cut(resource, "/")
		if isObject && kinds["object"] || !isObject && kinds["bucket"] {
			return true
		}
		if strings.HasSuffix(name, "*") && (kinds["object"] || kinds["bucket"]) {
			return true
		}
	}
	return false
}
