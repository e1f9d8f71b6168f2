package rolepolicy

import (
	"slices"

	"datalock/internal/policy"
	"datalock/settings"
)

// The phases of roles that work with the bucket's datasets.
const (
	// Publish uploads datasets and describes them.
	Publish Phase = "publish"
	// Verify reads them.
	Verify Phase = "verify"
	// Renew lengthens their locks and writes records of it.
	Renew Phase = "renew"
	// Audit reads the bucket's configuration and the lock of every version.
	Audit Phase = "audit"
)

// DataPhases are all of them.
var DataPhases = []Phase{Publish, Verify, Renew, Audit}

// What datalock publish, verify, list and renew ask of S3; a test holds them to
// the requests that they make.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
var (
	verifyBucket  = []string{"s3:ListBucket", "s3:ListBucketVersions"}
	verifyObjects = []string{
		"s3:GetObjectLegalHold",
		"s3:GetObjectRetention",
		"s3:GetObjectVersion",
	}
	publishBucket = []string{
		"s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:GetBucketVersioning",
		"s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions",
	}
	// An upload that names a retention needs s3:PutObjectRetention, which can
	// lengthen a retention in COMPLIANCE mode and never shorten it.
	publishObjects = []string{
		"s3:GetObject", "s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersion",
		"s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectRetention",
	}
	renewBucket = []string{
		"s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:GetBucketVersioning",
		"s3:ListBucket", "s3:ListBucketVersions",
	}
	renewObjects = []string{
		"s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersion", "s3:PutObjectRetention",
	}
	// An audit reads versions by HEAD, for which IAM has no action but that of
	// reading them.
	// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
	auditBucket = []string{
		"s3:GetBucketLogging", "s3:GetBucketNotification", "s3:GetBucketObjectLockConfiguration",
		"s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
		"s3:GetBucketVersioning", "s3:GetEncryptionConfiguration", "s3:GetInventoryConfiguration",
		"s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ListBucketVersions",
	}
	// auditKey is asked of the KMS keys, auditManifests of the inventory's reports,
	// and auditServices of what the stack has in other services.
	auditKey       = []string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"}
	auditManifests = []string{"s3:GetObject"}
	auditServices  = map[string][]string{
		"Trail": {"cloudtrail:GetEventSelectors", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus"},
		"Alarm": {"events:DescribeRule", "events:ListTargetsByRule"},
		"Topic": {"sns:GetTopicAttributes"},
		"Role":  {"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"},
	}
	// renewRecords lie beside the manifests; a renewal writes nothing else.
	renewRecords = []string{"s3:PutObject"}
)

// What neither may do, whatever else allows it.
var (
	// dataNever would remove or hide what is published, free it, or make it depend
	// on another key.
	dataNever = []string{
		"s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl",
		"s3:PutObjectLegalHold", "s3:PutObjectVersionAcl", "s3:ReplicateDelete", "s3:ReplicateObject",
		"s3:UpdateObjectEncryption",
	}
	dataNeverBucket = []string{
		"s3:CreateBucket",
		"s3:DeleteBucket",
		"s3:DeleteBucketPolicy",
		"s3:PutBucketAcl",
		"s3:PutBucketObjectLockConfiguration",
		"s3:PutBucketPolicy",
		"s3:PutBucketVersioning",
		"s3:PutLifecycleConfiguration",
		"s3:PutReplicationConfiguration",
	}
	// verifyNever is what a role that only reads may not do beside.
	verifyNever = []string{"s3:PutObject", "s3:PutObjectRetention"}
)

type (
	allower func(sid string, actions []string, condition policy.Conditions, resources ...string)
	denier  func(sid string, actions []string, resources ...string)
)

// data adds the statements of a role that works with datasets.
func (s declared) data(phase Phase, allow allower, deny denier) {
	bucket := s.arn("s3", "", "", s.bucket)
	onBucket, onObjects, onKey := verifyBucket, verifyObjects, []string{"kms:Decrypt"}
	writing := []string{"kms:Decrypt", "kms:GenerateDataKey"}
	switch phase {
	case Backfill:
		onBucket, onObjects = renewBucket, renewObjects
	case Publish:
		// The parts of an upload are encrypted with the same data key, which S3
		// decrypts for each.
		onBucket, onObjects, onKey = publishBucket, publishObjects, writing
	case Renew, RenewBatch:
		onBucket, onObjects, onKey = renewBucket, renewObjects, writing
	case Audit:
		onBucket = auditBucket
	}
	allow("ReadBucket", onBucket, nil, bucket)
	allow("Objects", onObjects, nil, bucket+"/*")
	if phase == Renew || phase == RenewBatch {
		allow("Records", renewRecords, nil, bucket+"/.datalock/*/renewals/*")
	}
	if phase == Audit {
		s.audit(allow)
	}
	if s.key != "" {
		// The ARN of a key that the stack creates isn't known, so the encryption
		// context limits the statement to this bucket.
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
		through := policy.Conditions{"StringLike": {
			"kms:EncryptionContext:aws:s3:arn": {bucket, bucket + "/*"},
			"kms:ViaService":                   {"s3." + s.region + ".amazonaws.com*"},
		}}
		allow("UseKey", onKey, through, s.key)
	}
	if phase.jobs() {
		s.allowJobs(phase, allow)
	}
	deny("NeverRemoveOrHide", dataNever, bucket+"/*")
	deny("NeverChangeBucket", dataNeverBucket, bucket)
	if phase == Verify || phase == VerifyAtRest || phase == Audit {
		deny("NeverWrite", verifyNever, bucket+"/*")
	}
	deny("NeverLoseKey", undoingKey, "*")
}

// audit allows what an audit reads beside the bucket: the account's public access
// block, the keys, the configuration of the stack's other buckets, the trail, the
// alarms, the roles, and the reports of a declared inventory.
func (s declared) audit(allow allower) {
	allow("ReadAccount", []string{"s3:GetAccountPublicAccessBlock"}, nil, "*")
	var others []string
	for _, name := range s.buckets {
		if name != s.bucket {
			others = append(others, s.arn("s3", "", "", name))
		}
	}
	if len(others) > 0 {
		// Their versions aren't listed.
		reads := slices.DeleteFunc(slices.Clone(auditBucket), func(action string) bool {
			return action == "s3:ListBucketVersions"
		})
		allow("ReadOtherBuckets", reads, nil, others...)
	}
	keys := slices.DeleteFunc([]string{s.key, s.replicaKey}, func(key string) bool { return key == "" })
	if len(keys) > 0 {
		allow("ReadKey", auditKey, nil, keys...)
	}
	for _, service := range s.services() {
		if reads := auditServices[service.noun]; len(reads) > 0 && len(service.arns) > 0 {
			allow("Read"+service.noun, reads, nil, service.arns...)
		}
	}
	if slices.Contains(s.types, inventoryType) {
		allow("ReadReports", auditManifests, nil, s.arn("s3", "", "", s.evidence)+"/"+settings.InventoryReports+"*")
	}
}
