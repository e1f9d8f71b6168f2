package bucket_test

import (
	"maps"
	"slices"
	"strings"
)

const (
	mode      = "s3:object-lock-mode"
	remaining = "s3:object-lock-remaining-retention-days"
	hold      = "s3:object-lock-legal-hold"
	eventHold = "s3:object-lock-event-hold"
	holdDays  = "s3:object-lock-event-hold-duration-days"
	algorithm = "s3:x-amz-server-side-encryption"
	kmsKey    = "s3:x-amz-server-side-encryption-aws-kms-key-id"
	customer  = "s3:x-amz-server-side-encryption-customer-algorithm"
	creates   = "s3:ObjectCreationOperation"
	noneMatch = "s3:if-none-match"
	acl       = "s3:x-amz-acl"
	tls       = "s3:TlsVersion"
	secure    = "aws:SecureTransport"
)

// put returns the keys of a request that creates an object, with others.
func put(others keys) keys {
	all := keys{creates: "true"}
	maps.Copy(all, others)
	return all
}

// once is the same for a bucket whose keys are written once.
func once(others keys) keys {
	all := put(keys{noneMatch: "*"})
	maps.Copy(all, others)
	return all
}

func allCases() []judged {
	return slices.Concat(transportCases, retentionCases, encryptionCases, writeCases, sealCases(), serviceCases, keyCases)
}

var transportCases = []judged{
	{"open", "read by TLS 1.3", writer, "s3:GetObject", nil, ""},
	{"open", "read by TLS 1.2", writer, "s3:GetObject", keys{tls: "1.2"}, ""},
	{"open", "read by TLS 1.1", writer, "s3:GetObject", keys{tls: "1.1"}, "DenyOldTLS"},
	{"open", "list by TLS 1.0", writer, "s3:ListBucket", keys{tls: "1.0"}, "DenyOldTLS"},
	{"open", "read by plain HTTP", writer, "s3:GetObject", keys{secure: "false", tls: "-"}, "DenyInsecureTransport"},
	{"open", "list by plain HTTP", writer, "s3:ListBucket", keys{secure: "false", tls: "-"}, "DenyInsecureTransport"},
	{"open", "put by plain HTTP", writer, "s3:PutObject", put(keys{secure: "false", tls: "-"}), "DenyInsecureTransport"},
	{"open", "root reads by plain HTTP", root, "s3:GetObject", keys{secure: "false", tls: "-"}, "DenyInsecureTransport"},
	{"sealed", "read by TLS 1.3", writer, "s3:GetObject", nil, ""},
	{"sealed", "read by TLS 1.2", writer, "s3:GetObject", keys{tls: "1.2"}, "DenyOldTLS"},
	{"sealed", "a guardian lists by TLS 1.2", deployer, "s3:ListBucket", keys{tls: "1.2"}, "DenyOldTLS"},
	{"sealed", "read by plain HTTP", writer, "s3:GetObject", keys{secure: "false", tls: "-"}, "DenyInsecureTransport"},
	{"governed", "read by TLS 1.1", writer, "s3:GetObject", keys{tls: "1.1"}, "DenyOldTLS"},
	{"governed", "read by plain HTTP", writer, "s3:GetObject", keys{secure: "false", tls: "-"}, "DenyInsecureTransport"},
}

var retentionCases = []judged{
	{"open", "plain put", writer, "s3:PutObject", put(nil), ""},
	{"open", "plain put by root", root, "s3:PutObject", put(nil), ""},
	{
		"open",
		"put that names the bucket's mode",
		writer,
		"s3:PutObject",
		put(keys{mode: "COMPLIANCE", remaining: "90"}),
		"",
	},
	{
		"open",
		"put that names GOVERNANCE",
		writer,
		"s3:PutObject",
		put(keys{mode: "GOVERNANCE", remaining: "90"}),
		"DenyWeakerMode",
	},
	{
		"open",
		"put-retention that names GOVERNANCE",
		writer,
		"s3:PutObjectRetention",
		keys{mode: "GOVERNANCE", remaining: "90"},
		"DenyWeakerMode",
	},
	{
		"open",
		"root puts and names GOVERNANCE",
		root,
		"s3:PutObject",
		put(keys{mode: "GOVERNANCE", remaining: "90"}),
		"DenyWeakerMode",
	},
	// Exactly 90 days from the moment of sending are 89 whole days and a rest
	// when S3 looks at them.
	{
		"open",
		"put with exactly the default retention",
		writer,
		"s3:PutObject",
		put(keys{mode: "COMPLIANCE", remaining: "89"}),
		"",
	},
	{
		"open",
		"put with one day less",
		writer,
		"s3:PutObject",
		put(keys{mode: "COMPLIANCE", remaining: "88"}),
		"DenyRetentionBelowDefault",
	},
	{
		"open",
		"put for an hour",
		writer,
		"s3:PutObject",
		put(keys{mode: "COMPLIANCE", remaining: "0"}),
		"DenyRetentionBelowDefault",
	},
	{
		"open",
		"put-retention with exactly the default retention",
		writer,
		"s3:PutObjectRetention",
		keys{mode: "COMPLIANCE", remaining: "89"},
		"",
	},
	{
		"open",
		"put-retention with one day less",
		writer,
		"s3:PutObjectRetention",
		keys{mode: "COMPLIANCE", remaining: "88"},
		"DenyRetentionBelowDefault",
	},
	{
		"open",
		"put-retention that lengthens",
		writer,
		"s3:PutObjectRetention",
		keys{mode: "COMPLIANCE", remaining: "700"},
		"",
	},
	{
		"open",
		"put with the longest retention",
		writer,
		"s3:PutObject",
		put(keys{mode: "COMPLIANCE", remaining: "3650"}),
		"",
	},
	{
		"open",
		"put for a day more",
		writer,
		"s3:PutObject",
		put(keys{mode: "COMPLIANCE", remaining: "3651"}),
		"DenyRetentionAboveMaximum",
	},
	{
		"open",
		"put-retention for a hundred years",
		writer,
		"s3:PutObjectRetention",
		keys{mode: "COMPLIANCE", remaining: "36500"},
		"DenyRetentionAboveMaximum",
	},
	{
		"open",
		"put under an event hold",
		writer,
		"s3:PutObject",
		put(keys{mode: "COMPLIANCE", eventHold: "ON", holdDays: "1"}),
		"DenyEventHold",
	},
	{
		"open",
		"event hold on a version",
		writer,
		"s3:PutObjectRetention",
		keys{mode: "COMPLIANCE", eventHold: "ON", holdDays: "36500"},
		"DenyEventHold",
	},
	{"open", "release of an event hold", writer, "s3:PutObjectRetention", keys{eventHold: "OFF"}, ""},
	{"open", "bypass of governance", writer, "s3:BypassGovernanceRetention", nil, "DenyGovernanceBypass"},
	{"open", "root bypasses governance", root, "s3:BypassGovernanceRetention", nil, "DenyGovernanceBypass"},
	{"open", "legal hold on", writer, "s3:PutObjectLegalHold", keys{hold: "ON"}, ""},
	{"open", "legal hold off", writer, "s3:PutObjectLegalHold", keys{hold: "OFF"}, ""},
	{
		"sealed",
		"put that names GOVERNANCE",
		writer,
		"s3:PutObject",
		once(keys{mode: "GOVERNANCE", remaining: "90"}),
		"DenyWeakerMode",
	},
	{
		"sealed",
		"a guardian names GOVERNANCE",
		deployer,
		"s3:PutObject",
		once(keys{mode: "GOVERNANCE", remaining: "90"}),
		"DenyWeakerMode",
	},
	{
		"sealed",
		"put with one day less",
		writer,
		"s3:PutObject",
		once(keys{mode: "COMPLIANCE", remaining: "88"}),
		"DenyRetentionBelowDefault",
	},
	{
		"sealed",
		"put with the maximum of the settings",
		writer,
		"s3:PutObject",
		once(keys{mode: "COMPLIANCE", remaining: "365"}),
		"",
	},
	{
		"sealed",
		"put for a day more",
		writer,
		"s3:PutObject",
		once(keys{mode: "COMPLIANCE", remaining: "366"}),
		"DenyRetentionAboveMaximum",
	},
	{"sealed", "event hold on a version", deployer, "s3:PutObjectRetention", keys{eventHold: "ON"}, "DenyEventHold"},
	{"sealed", "a guardian bypasses governance", deployer, "s3:BypassGovernanceRetention", nil, "DenyGovernanceBypass"},
	{"governed", "put that names GOVERNANCE", writer, "s3:PutObject", put(keys{mode: "GOVERNANCE", remaining: "30"}), ""},
	{"governed", "put that names COMPLIANCE", writer, "s3:PutObject", put(keys{mode: "COMPLIANCE", remaining: "30"}), ""},
	{
		"governed",
		"put with one day less",
		writer,
		"s3:PutObject",
		put(keys{mode: "GOVERNANCE", remaining: "28"}),
		"DenyRetentionBelowDefault",
	},
	{
		"governed",
		"put for eleven years",
		writer,
		"s3:PutObject",
		put(keys{mode: "COMPLIANCE", remaining: "4015"}),
		"DenyRetentionAboveMaximum",
	},
	{"governed", "put under an event hold", writer, "s3:PutObject", put(keys{eventHold: "ON"}), "DenyEventHold"},
	{"governed", "bypass of governance", admin, "s3:BypassGovernanceRetention", nil, "DenyGovernanceBypass"},
}

var encryptionCases = []judged{
	{"open", "put that names AES256", writer, "s3:PutObject", put(keys{algorithm: "AES256"}), ""},
	{"open", "put that names aws:kms", writer, "s3:PutObject", put(keys{algorithm: "aws:kms"}), "DenyOtherEncryption"},
	{
		"open",
		"put that names a key of one's own",
		writer,
		"s3:PutObject",
		put(keys{algorithm: "aws:kms", kmsKey: ownKey}),
		"DenyOtherEncryption",
	},
	{
		"open",
		"put with a key that the client keeps",
		writer,
		"s3:PutObject",
		put(keys{customer: "AES256"}),
		"DenyCustomerProvidedKey",
	},
	{"sealed", "put that names aws:kms", writer, "s3:PutObject", once(keys{algorithm: "aws:kms"}), "DenyOtherEncryption"},
	{"sealed", "put that names nothing", writer, "s3:PutObject", once(keys{}), ""},
	{"sealed", "put that names AES256", writer, "s3:PutObject", once(keys{algorithm: "AES256"}), "DenyOtherEncryption"},
	{
		"sealed",
		"put that names a key of one's own",
		writer,
		"s3:PutObject",
		once(keys{algorithm: "aws:kms", kmsKey: ownKey}),
		"DenyOtherEncryption",
	},
	{
		"sealed",
		"put with a key that the client keeps",
		writer,
		"s3:PutObject",
		once(keys{customer: "AES256"}),
		"DenyCustomerProvidedKey",
	},
	{
		"governed",
		"put that names the bucket's key",
		writer,
		"s3:PutObject",
		put(keys{algorithm: "aws:kms", kmsKey: keyARN}),
		"",
	},
	{
		"governed",
		"put that names another key",
		writer,
		"s3:PutObject",
		put(keys{algorithm: "aws:kms", kmsKey: ownKey}),
		"DenyOtherKey",
	},
	{
		"governed",
		"put that names aws:kms and no key",
		writer,
		"s3:PutObject",
		put(keys{algorithm: "aws:kms"}),
		"DenyUnnamedKey",
	},
	{"governed", "put that names no encryption", writer, "s3:PutObject", put(keys{}), ""},
	{
		"governed",
		"replica under another key",
		writer,
		"s3:ReplicateObject",
		keys{algorithm: "aws:kms", kmsKey: ownKey},
		"DenyOtherKey",
	},
	{
		"governed",
		"replica under the bucket's key",
		writer,
		"s3:ReplicateObject",
		keys{algorithm: "aws:kms", kmsKey: keyARN},
		"",
	},
	{"open", "replica", writer, "s3:ReplicateObject", keys{algorithm: "AES256"}, ""},
	{"open", "replica under an event hold", writer, "s3:ReplicateObject", keys{eventHold: "ON"}, "DenyEventHold"},
	{
		"open",
		"replica with a key that the client keeps",
		writer,
		"s3:ReplicateObject",
		keys{customer: "AES256"},
		"DenyCustomerProvidedKey",
	},
	{
		"open",
		"replica under a key of one's own",
		writer,
		"s3:ReplicateObject",
		keys{algorithm: "aws:kms", kmsKey: ownKey},
		"DenyOtherEncryption",
	},
	{"governed", "put that names AES256", writer, "s3:PutObject", put(keys{algorithm: "AES256"}), "DenyOtherEncryption"},
	{
		"governed",
		"put with a key that the client keeps",
		writer,
		"s3:PutObject",
		put(keys{customer: "AES256"}),
		"DenyCustomerProvidedKey",
	},
}

var writeCases = []judged{
	{"open", "part of an upload", writer, "s3:PutObject", keys{creates: "false"}, ""},
	{"open", "abort of an upload", writer, "s3:AbortMultipartUpload", nil, ""},
	{"open", "copy into the bucket", writer, "s3:PutObject", put(keys{"s3:x-amz-copy-source": "acme-open/a"}), ""},
	{"open", "delete without a version", writer, "s3:DeleteObject", nil, "DenyDeleteMarkers"},
	{"open", "root deletes without a version", root, "s3:DeleteObject", nil, "DenyDeleteMarkers"},
	{"open", "delete of a version", writer, "s3:DeleteObjectVersion", keys{"s3:versionid": "v1"}, ""},
	{"open", "tags", writer, "s3:PutObjectTagging", nil, ""},
	{"open", "list of versions", writer, "s3:ListBucketVersions", nil, ""},
	{"open", "read of a version", writer, "s3:GetObjectVersion", nil, ""},
	{"open", "read of the lock configuration", writer, "s3:GetBucketObjectLockConfiguration", nil, ""},
	{"sealed", "plain put", writer, "s3:PutObject", put(nil), "DenyOverwrite"},
	{"sealed", "put of a new key", writer, "s3:PutObject", once(nil), ""},
	{"sealed", "part of an upload", writer, "s3:PutObject", keys{creates: "false"}, ""},
	{"sealed", "completion of an upload", writer, "s3:PutObject", once(nil), ""},
	{
		"sealed",
		"completion of an upload over an object",
		writer,
		"s3:PutObject",
		put(keys{"s3:if-match": "etag"}),
		"DenyOverwrite",
	},
	{
		"sealed",
		"copy into the bucket",
		writer,
		"s3:PutObject",
		put(keys{"s3:x-amz-copy-source": "acme-open/a"}),
		"DenyOverwrite",
	},
	{"sealed", "a guardian overwrites", deployer, "s3:PutObject", put(nil), "DenyOverwrite"},
	{"sealed", "delete without a version", custodian, "s3:DeleteObject", nil, "DenyDeleteMarkers"},
	{"sealed", "delete of a version", writer, "s3:DeleteObjectVersion", nil, ""},
	{"governed", "delete without a version", writer, "s3:DeleteObject", nil, ""},
	{"governed", "plain put", writer, "s3:PutObject", put(nil), ""},
}

var serviceCases = []judged{
	{"open", "replication into the bucket", replication, "s3:ReplicateObject", nil, ""},
	{"open", "replication of a delete marker", replication, "s3:ReplicateDelete", nil, "DenyDeleteMarkers"},
	{"open", "replication of tags", replication, "s3:ReplicateTags", nil, ""},
	{"open", "replication out of the bucket", replication, "s3:GetObjectVersionForReplication", nil, ""},
	{"open", "log delivery", logDelivery, "s3:PutObject", put(nil), ""},
	{"open", "another account puts", foreigner, "s3:PutObject", put(nil), ""},
	{
		"open",
		"another account names GOVERNANCE",
		foreigner,
		"s3:PutObject",
		put(keys{mode: "GOVERNANCE", remaining: "90"}),
		"DenyWeakerMode",
	},
	{"open", "somebody without a name deletes", nobody, "s3:DeleteObject", nil, "DenyDeleteMarkers"},
	{"open", "configuration without guardians", admin, "s3:PutBucketPolicy", nil, ""},
	{"open", "lock configuration without guardians", admin, "s3:PutBucketObjectLockConfiguration", nil, ""},
	{"sealed", "replication into the bucket", replication, "s3:ReplicateObject", nil, ""},
	{"sealed", "log delivery", logDelivery, "s3:PutObject", put(nil), ""},
	{
		"sealed",
		"log delivery that names the owner's ACL",
		trail,
		"s3:PutObjectAcl",
		keys{acl: "bucket-owner-full-control"},
		"",
	},
	{
		"sealed",
		"log delivery by plain HTTP",
		logDelivery,
		"s3:PutObject",
		put(keys{secure: "false", tls: "-"}),
		"DenyInsecureTransport",
	},
	{"sealed", "somebody without a name writes once", nobody, "s3:PutObject", once(nil), ""},
	{"sealed", "somebody without a name overwrites", nobody, "s3:PutObject", put(nil), "DenyOverwrite"},
	{"governed", "replication of a delete marker", replication, "s3:ReplicateDelete", nil, ""},
}

// sealCases ask for each sealed action as a guardian and as others. AWS lets
// the account root replace and delete the bucket policy whatever it says; the
// simulator doesn't know that, and so judges by the policy alone.
func sealCases() []judged {
	cases := []judged{
		{"sealed", "root changes the versioning", root, "s3:PutBucketVersioning", nil, "SealConfiguration"},
		{"sealed", "root replaces the policy", root, "s3:PutBucketPolicy", nil, "SealConfiguration"},
		{"sealed", "the custodian replaces the policy", custodian, "s3:PutBucketPolicy", nil, ""},
		{"sealed", "a role whose name begins alike", lookalike, "s3:PutBucketPolicy", nil, "SealConfiguration"},
		{"sealed", "a role with another path", otherPath, "s3:PutBucketPolicy", nil, "SealConfiguration"},
		{"sealed", "the deployer's namesake elsewhere", namesake, "s3:PutBucketPolicy", nil, "SealConfiguration"},
		{"sealed", "another account", foreigner, "s3:PutBucketPolicy", nil, "SealConfiguration"},
		{"sealed", "somebody without a name", nobody, "s3:PutBucketPolicy", nil, "SealConfiguration"},
		{"sealed", "a stranger reads the configuration", admin, "s3:GetBucketPolicy", nil, ""},
		{"sealed", "a stranger tags the bucket", admin, "s3:PutBucketTagging", nil, ""},
		{"sealed", "a stranger puts a legal hold on", admin, "s3:PutObjectLegalHold", keys{hold: "ON"}, ""},
		{"sealed", "a stranger takes a legal hold off", admin, "s3:PutObjectLegalHold", keys{hold: "OFF"}, "SealLegalHolds"},
		{"sealed", "a guardian takes a legal hold off", custodian, "s3:PutObjectLegalHold", keys{hold: "OFF"}, ""},
		{"sealed", "a stranger opens an object", admin, "s3:PutObjectAcl", keys{acl: "public-read"}, "SealObjectACLs"},
		{"sealed", "a stranger grants an object", admin, "s3:PutObjectVersionAcl", nil, "SealObjectACLs"},
		{"sealed", "a stranger names the owner's ACL", writer, "s3:PutObjectAcl", keys{acl: "bucket-owner-full-control"}, ""},
		{"sealed", "a guardian changes an ACL", deployer, "s3:PutObjectAcl", keys{acl: "private"}, ""},
	}
	for _, action := range []string{
		"DeleteBucket", "DeleteBucketPolicy", "PutBucketAcl", "PutBucketObjectLockConfiguration",
		"PutBucketOwnershipControls", "PutBucketPolicy",
		"PutBucketPublicAccessBlock", "PutBucketVersioning", "PutEncryptionConfiguration", "PutLifecycleConfiguration",
		"PutReplicationConfiguration",
	} {
		what := strings.TrimPrefix(action, "Put")
		cases = append(cases,
			judged{"sealed", "a stranger and " + what, admin, "s3:" + action, nil, "SealConfiguration"},
			judged{"sealed", "a guardian and " + what, deployer, "s3:" + action, nil, ""},
			judged{"open", "an administrator and " + what, admin, "s3:" + action, nil, ""})
	}
	return cases
}

var keyCases = []judged{
	{"sealed", "a writer encrypts", writer, "kms:GenerateDataKey", nil, ""},
	{"sealed", "a reader decrypts", writer, "kms:Decrypt", nil, ""},
	{"sealed", "an administrator describes the key", admin, "kms:DescribeKey", nil, ""},
	{"sealed", "an administrator rotates the key", admin, "kms:EnableKeyRotation", nil, ""},
	{"sealed", "an administrator rescues the key", admin, "kms:CancelKeyDeletion", nil, ""},
	{"sealed", "an administrator schedules the deletion", admin, "kms:ScheduleKeyDeletion", nil, "DenyKeyLoss"},
	{"sealed", "an administrator disables the key", admin, "kms:DisableKey", nil, "DenyKeyLoss"},
	{"sealed", "an administrator deletes key material", admin, "kms:DeleteImportedKeyMaterial", nil, "DenyKeyLoss"},
	{"sealed", "an administrator replaces the key policy", admin, "kms:PutKeyPolicy", nil, "SealKeyPolicy"},
	{"sealed", "root schedules the deletion", root, "kms:ScheduleKeyDeletion", nil, "DenyKeyLoss"},
	{"sealed", "a guardian schedules the deletion", deployer, "kms:ScheduleKeyDeletion", nil, ""},
	{"sealed", "a guardian disables the key", custodian, "kms:DisableKey", nil, ""},
	{"sealed", "a guardian replaces the key policy", deployer, "kms:PutKeyPolicy", nil, ""},
	{"sealed", "the deployer's namesake elsewhere and the key", namesake, "kms:ScheduleKeyDeletion", nil, "DenyKeyLoss"},
	{"unguarded", "a writer encrypts", writer, "kms:GenerateDataKey", nil, ""},
	{"unguarded", "an administrator schedules the deletion", admin, "kms:ScheduleKeyDeletion", nil, "DenyKeyLoss"},
	{"unguarded", "root disables the key", root, "kms:DisableKey", nil, "DenyKeyLoss"},
	{"unguarded", "an administrator replaces the key policy", admin, "kms:PutKeyPolicy", nil, ""},
	{"unguarded", "an administrator describes the key", admin, "kms:DescribeKey", nil, ""},
}
