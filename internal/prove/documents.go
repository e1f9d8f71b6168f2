package prove

// The AWS documents behind the trials.
const (
	userGuide = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
	reference = "https://docs.aws.amazon.com/AmazonS3/latest/API/"

	docLock          = userGuide + "object-lock.html"
	docModes         = userGuide + "object-lock.html#object-lock-retention-modes"
	docHold          = userGuide + "object-lock.html#object-lock-legal-holds"
	docPeriods       = userGuide + "object-lock.html#object-lock-retention-periods"
	docManaging      = userGuide + "object-lock-managing.html"
	docBypass        = userGuide + "object-lock-managing.html#object-lock-managing-bypass"
	docMarkers       = userGuide + "object-lock-managing.html#object-lock-managing-delete-markers"
	docLifecycle     = userGuide + "object-lock-managing.html#object-lock-managing-lifecycle"
	docDefaults      = userGuide + "object-lock-configure.html"
	docVersioning    = userGuide + "Versioning.html"
	docPresigned     = userGuide + "using-presigned-url.html"
	docConditional   = userGuide + "conditional-writes.html"
	docChecksums     = userGuide + "checking-object-integrity.html"
	docPolicyLimits  = userGuide + "object-lock-managing.html#object-lock-managing-retention-limits"
	docTLS           = userGuide + "security-best-practices.html#transit"
	docOldTLS        = userGuide + "amazon-s3-policy-keys.html#example-object-tls-version"
	docPolicyActions = userGuide + "security_iam_service-with-iam.html"

	docDelete        = reference + "API_DeleteObject.html"
	docDeleteBatch   = reference + "API_DeleteObjects.html"
	docDeleteBucket  = reference + "API_DeleteBucket.html"
	docCopy          = reference + "API_CopyObject.html"
	docMultipart     = reference + "API_CompleteMultipartUpload.html"
	docForm          = reference + "RESTObjectPOST.html"
	docPut           = reference + "API_PutObject.html"
	docPutRetention  = reference + "API_PutObjectRetention.html"
	docPutLock       = reference + "API_PutObjectLockConfiguration.html"
	docPutVersioning = reference + "API_PutBucketVersioning.html"
	docSignature     = reference + "sig-v4-authenticating-requests.html"
)
