package bucketpolicy

import (
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

// applies says whether the statement names a resource for the action. Those
// with wildcards, and those that versitygw doesn't have, are not looked at.
func (s Statement) applies(action string) bool {
	known := meant(action)
	if strings.ContainsAny(action, "*?") || len(known) != 1 {
		return true
	}
	object := auth.Action(known[0]).IsObjectAction()
	for _, resource := range s.Resource {
		name, _, isObject := strings.Cut(resource, "/")
		if object == nil || *object == isObject || strings.HasSuffix(name, "*") {
			return true
		}
	}
	return false
}
