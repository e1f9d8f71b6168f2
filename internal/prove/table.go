package prove

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Table returns every trial, in the order in which reports list them.
func Table() []Trial {
	return slices.Concat(deleting, retaining, overwriting, hiding, writing, identifying, waiting, weakening)
}

var deleting = []Trial{
	{"delete-version", Deleting, Owner, put, "delete it by its version id", Kept, WithoutLock, "", false, 0, docDelete, deleteVersion(false)},
	{"delete-version-bypass", Deleting, Owner, put, "delete it by its version id with the governance bypass", Kept, WithoutLock, NoBypass, false, 0, docBypass, deleteVersion(true)},
	{"delete-version-as-writer", Deleting, Writer, put, "delete it as a user who may delete versions and bypass governance", Kept, WithoutLock, NoBypass, false, 0, docModes, deleteVersion(true)},
	{"delete-batch", Deleting, Owner, put, "delete it in a batch", Kept, WithoutLock, "", false, 0, docDeleteBatch, deleteBatch(false)},
	{"delete-batch-bypass", Deleting, Owner, put, "delete it in a batch with the governance bypass", Kept, WithoutLock, NoBypass, false, 0, docDeleteBatch, deleteBatch(true)},
	{"delete-if-match", Deleting, Owner, put, "delete it on the condition that it is there", Kept, WithoutLock, "", false, 0, docDelete, deleteIfMatch},
	{"delete-forced", Deleting, Owner, put, "delete it with the force header of another S3 server", Kept, WithoutLock, "", false, 0, docDelete, deleteForced},
	{"delete-presigned", Deleting, Owner, put, "delete it by a presigned URL", Kept, WithoutLock, "", false, 0, docPresigned, deletePresigned},
	{"delete-noncurrent", Deleting, Owner, noncurrent, "delete the older version", Kept, WithoutLock, NoBypass, false, 0, docVersioning, deleteVersion(true)},
	{"delete-behind-marker", Deleting, Owner, marked, "delete the hidden version", Kept, WithoutLock, NoBypass, false, 0, docMarkers, deleteVersion(true)},
	{"delete-multipart", Deleting, Owner, inParts, "delete it by its version id", Kept, WithoutLock, NoBypass, false, 0, docMultipart, deleteVersion(true)},
	{"delete-copied", Deleting, Owner, copied, "delete it by its version id", Kept, WithoutLock, NoBypass, false, 0, docCopy, deleteVersion(true)},
	{"delete-posted", Deleting, Owner, posted, "delete it by its version id", Kept, WithoutLock, NoBypass, false, 0, docForm, deleteVersion(true)},
	{"delete-held", Deleting, Owner, held, "delete it by its version id", Kept, WithoutLock, NoBypass, false, 0, docHold, deleteVersion(true)},
	{"delete-after-hold", Deleting, Owner, held, "take the legal hold off, then delete it", Kept, WithoutLock, NoBypass, false, 0, docHold, holdOffThenDelete},
}

var retaining = []Trial{
	{"shorten", Retention, Owner, put, "shorten its retention to a day, then delete it", Kept, WithoutLock, "", false, 0, docModes, retain(toTomorrow, false)},
	{"shorten-bypass", Retention, Owner, put, "the same with the governance bypass", Kept, WithoutLock, NoBypass, false, 0, docBypass, retain(toTomorrow, true)},
	{"shorten-by-a-second", Retention, Owner, put, "shorten its retention by a second, then delete it", Kept, WithoutLock, "", false, 0, docModes, retain(toSecondLess, false)},
	{"clear", Retention, Owner, put, "clear its retention, then delete it", Kept, WithoutLock, "", false, 0, docPutRetention, retain(toNone, false)},
	{"clear-bypass", Retention, Owner, put, "the same with the governance bypass", Kept, WithoutLock, NoBypass, false, 0, docPutRetention, retain(toNone, true)},
	{"to-governance", Retention, Owner, put, "change its mode to GOVERNANCE, then delete it", Kept, WithoutLock, "", false, 0, docModes, retain(toGovernance, false)},
	{"to-governance-bypass", Retention, Owner, put, "the same with the governance bypass", Kept, WithoutLock, NoBypass, false, 0, docBypass, retain(toGovernance, true)},
	{"past-date", Retention, Owner, put, "set its retention to yesterday, then delete it", Kept, WithoutLock, "", false, 0, docPutRetention, retain(toYesterday, false)},
	{"past-date-bypass", Retention, Owner, put, "the same with the governance bypass", Kept, WithoutLock, NoBypass, false, 0, docPutRetention, retain(toYesterday, true)},
	{"shorten-current", Retention, Owner, put, "shorten the retention without naming the version, then delete it", Kept, WithoutLock, "", false, 0, docPutRetention, retainCurrent(toTomorrow, false)},
	{"shorten-current-bypass", Retention, Owner, put, "the same with the governance bypass", Kept, WithoutLock, NoBypass, false, 0, docPutRetention, retainCurrent(toTomorrow, true)},
	{"shorten-multipart", Retention, Owner, inParts, "shorten its retention to a day, then delete it", Kept, WithoutLock, NoBypass, false, 0, docMultipart, retain(toTomorrow, true)},
	{"shorten-copied", Retention, Owner, copied, "shorten its retention to a day, then delete it", Kept, WithoutLock, NoBypass, false, 0, docCopy, retain(toTomorrow, true)},
	{"shorten-noncurrent", Retention, Owner, noncurrent, "shorten the older version's retention, then delete it", Kept, WithoutLock, NoBypass, false, 0, docVersioning, retain(toTomorrow, true)},
	{"lengthen", Retention, Owner, put, "lengthen its retention by a day, which must work, then take it back", Lengthened, WithoutLock, NoBypass, false, 0, docPeriods, lengthen},
}

var overwriting = []Trial{
	{"overwrite-put", Overwriting, Owner, put, "put other data under its key", KeptAndLocked, WithoutVersioning, "", false, 1, docVersioning, overwritePut},
	{"overwrite-multipart", Overwriting, Owner, put, "upload other data in parts under its key", KeptAndLocked, WithoutVersioning, "", false, 1, docMultipart, overwriteMultipart},
	{"overwrite-copy", Overwriting, Owner, put, "copy another object onto its key", KeptAndLocked, WithoutVersioning, "", false, 2, docCopy, overwriteCopy},
	{"overwrite-form", Overwriting, Owner, put, "post other data under its key by a form", KeptAndLocked, WithoutVersioning, "", false, 1, docForm, overwriteForm},
	{"overwrite-version", Overwriting, Owner, put, "put other data with its version id", Kept, WithoutVersioning, "", false, 1, docPut, overwriteVersion},
	{"copy-onto-itself", Overwriting, Owner, put, "copy it onto itself with other metadata, then delete the version", KeptAndLocked, WithoutLock, NoBypass, false, 1, docCopy, overwriteSelf},
}

var hiding = []Trial{
	{"hide", Hiding, Owner, put, "delete its key without naming the version", Kept, WithoutVersioning, "", false, 0, docMarkers, hide},
	{"hide-and-show", Hiding, Owner, put, "hide it behind a delete marker, then remove the marker", StillShown, WithoutVersioning, "", false, 0, docMarkers, hideAndShow},
	{"hide-as-admin", Hiding, Admin, put, "delete its key without naming the version", StillShown, WithoutPolicy, NoDeleteMarkers, false, 0, docMarkers, hide},
	{"hide-batch-as-admin", Hiding, Admin, put, "delete its key in a batch without naming the version", StillShown, WithoutPolicy, NoDeleteMarkers, false, 0, docDeleteBatch, hideBatch},
	{"replace-as-admin", Hiding, Admin, put, "put other data under its key without the write-once condition", StillShown, WithoutPolicy, WriteOnce, false, 1, docConditional, overwritePut},
	{"replace-multipart-as-admin", Hiding, Admin, put, "upload other data in parts without the write-once condition", StillShown, WithoutPolicy, WriteOnce, false, 1, docConditional, overwriteMultipart},
}

var writing = []Trial{
	{"lock-put", Writing, Owner, put, "put it, naming no retention", DefaultLocked, WithoutLock, "", false, 0, docDefaults, nothingMore},
	{"lock-multipart", Writing, Owner, inParts, "upload it in parts, naming no retention", DefaultLocked, WithoutLock, "", false, 0, docDefaults, nothingMore},
	{"lock-copy", Writing, Owner, copied, "copy it, naming no retention", DefaultLocked, WithoutLock, "", false, 0, docDefaults, nothingMore},
	{"lock-form", Writing, Owner, posted, "post it by a form, naming no retention", DefaultLocked, WithoutLock, "", false, 0, docDefaults, nothingMore},
	{"wrong-sha256", Writing, Owner, newKey, "put data with a SHA-256 that isn't its own", NotStored, Rightly, "", false, 1, docChecksums, putWith("PutObject with a wrong SHA-256", wrongSHA256)},
	{"wrong-crc32", Writing, Owner, newKey, "put data with a CRC-32 that isn't its own", NotStored, Rightly, "", false, 1, docChecksums, putWith("PutObject with a wrong CRC-32", wrongCRC32)},
	{"wrong-md5", Writing, Owner, newKey, "put data with an MD5 that isn't its own", NotStored, Rightly, "", false, 1, docChecksums, putWith("PutObject with a wrong MD5", wrongMD5)},
	{"past-retention", Writing, Owner, newKey, "put data that names a retention until yesterday", NotStored, RightlyLocked, "", false, 1, docPut, putWith("PutObject until yesterday", naming((*attempt).mode, inThePast))},
	{"rewrite-if-none", Writing, Owner, put, "put other data on the condition that there is none", StillShown, Rightly, "", false, 1, docConditional, rewriteOnce},
	{"race", Writing, Owner, newKey, "put eight objects at once, each if there is none", OneWinner, Rightly, "", false, 1, docConditional, race(racePut)},
	{"race-multipart", Writing, Owner, newKey, "complete eight multipart uploads at once, each if there is none", OneWinner, Rightly, "", false, 1, docConditional, race(raceMultipart)},
	{"weaker-mode", Writing, Admin, newKey, "put data that names GOVERNANCE", NotStored, WithoutPolicy, NoWeakerMode, false, 1, docPolicyLimits, putWith("PutObject that names GOVERNANCE", naming(weakMode, forDefault))},
	{"weaker-mode-multipart", Writing, Admin, newKey, "upload data in parts that names GOVERNANCE", NotStored, WithoutPolicy, NoWeakerMode, false, 1, docPolicyLimits, multipartNaming},
	{"below-floor", Writing, Admin, newKey, "put data that names a retention of an hour", NotStored, WithoutPolicy, RetentionFloor, false, 1, docPolicyLimits, putWith("PutObject for an hour", naming((*attempt).mode, forAnHour))},
	{"above-ceiling", Writing, Admin, newKey, "put data that names a retention above the ceiling", NotStored, WithoutPolicy, RetentionCeiling, true, 1, docPolicyLimits, putWith("PutObject beyond the ceiling", naming((*attempt).mode, overCeiling))},
	{"lengthen-above-ceiling", Writing, Admin, put, "lengthen its retention beyond the ceiling", NotLengthened, WithoutPolicy, RetentionCeiling, true, 0, docPolicyLimits, lengthenBeyond},
}

var identifying = []Trial{
	{"read-unsigned", Identity, Anonymous, put, "read it without a signature", NothingRead, Rightly, "", false, 0, docSignature, readVersion},
	{"write-unsigned", Identity, Anonymous, newKey, "put data without a signature", NotStored, Rightly, "", false, 1, docSignature, writeNew},
	{"delete-unsigned", Identity, Anonymous, put, "delete it without a signature", Kept, Rightly, "", false, 0, docSignature, deleteVersion(false)},
	{"read-wrong-secret", Identity, Impostor, put, "read it with a wrong secret key", NothingRead, Rightly, "", false, 0, docSignature, readVersion},
	{"write-wrong-secret", Identity, Impostor, newKey, "put data with a wrong secret key", NotStored, Rightly, "", false, 1, docSignature, writeNew},
	{"delete-wrong-secret", Identity, Impostor, put, "delete it with a wrong secret key", Kept, Rightly, "", false, 0, docSignature, deleteVersion(false)},
	{"read-as-stranger", Identity, Stranger, put, "read it as a user without rights", NothingRead, Rightly, "", false, 0, docPolicyActions, readVersion},
	{"write-as-stranger", Identity, Stranger, newKey, "put data as a user without rights", NotStored, Rightly, "", false, 1, docPolicyActions, writeNew},
	{"delete-as-stranger", Identity, Stranger, put, "delete it as a user without rights", Kept, Rightly, "", false, 0, docPolicyActions, deleteVersion(false)},
	{"delete-by-read-url", Identity, Owner, put, "delete it by a URL that was presigned for reading", Kept, Rightly, "", false, 0, docPresigned, deleteByRead},
	{"delete-by-expired-url", Identity, Owner, put, "delete it by a presigned URL that has expired", Kept, Rightly, "", false, 0, docPresigned, deleteExpired},
	{"read-in-clear", Identity, Admin, put, "read it over plain http", NothingRead, Rightly, TLSOnly, false, 0, docTLS, readInClear},
	{"read-by-old-tls", Identity, Admin, put, "read it over a TLS version below the oldest allowed", NothingRead, Rightly, TLSOnly, false, 0, docOldTLS, readByOldTLS},
}

var waiting = []Trial{
	{"ends-in-time", Time, Owner, shortLived, "delete it before its retention ends, and again after", EndsInTime, WithoutLock, "", false, 0, docPeriods, deleteBeforeAndAfter},
	{"hold-outlasts", Time, Owner, shortLived, "delete it after its retention, under a legal hold, and again without", EndsInTime, WithoutLock, "", false, 0, docHold, holdPastTheEnd},
	{"lengthened-holds", Time, Owner, shortLived, "lengthen its retention, and delete it after the first date", Lengthened, WithoutLock, "", false, 0, docPeriods, lengthenAndWait},
	{"clock-ahead", Time, Owner, put, "delete it with a clock that is past its retention", Kept, Rightly, "", false, 0, docSignature, deleteFromTheFuture},
}

var weakening = []Trial{
	{"suspend-versioning", BucketGroup, Owner, bucketItem, "suspend versioning", SettingKept, WithoutLock, "", true, 1, docPutVersioning, suspendVersioning},
	{"lock-off", BucketGroup, Owner, bucketItem, "switch Object Lock off, then delete the version", SettingKept, WithoutLock, "", true, 0, docPutLock, lockConfiguration("PutObjectLockConfiguration Disabled", types.ObjectLockConfiguration{ObjectLockEnabled: "Disabled"})},
	{"lock-empty", BucketGroup, Owner, bucketItem, "put an empty lock configuration, then delete the version", SettingKept, WithoutLock, "", true, 0, docPutLock, lockConfiguration("PutObjectLockConfiguration, empty", types.ObjectLockConfiguration{})},
	{"default-removed", BucketGroup, Owner, bucketItem, "remove the default retention, then delete the version", SettingKept, WithoutLock, "", true, 0, docDefaults, lockConfiguration("PutObjectLockConfiguration without a rule", types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled})},
	{"default-weakened", BucketGroup, Owner, bucketItem, "make the default retention GOVERNANCE for a day, then delete the version", SettingKept, WithoutLock, "", true, 0, docDefaults, lockConfiguration("PutObjectLockConfiguration, GOVERNANCE for a day", weakRule())},
	{"expire", BucketGroup, Owner, bucketItem, "expire everything by a lifecycle rule", Kept, NoControl, "", true, 0, docLifecycle, expire},
	{"seal-lock", BucketGroup, Admin, bucketItem, "weaken the default retention without being a guardian", SettingKept, WithoutPolicy, SealConfiguration, true, 0, docPolicyLimits, sealLock},
	{"seal-lifecycle", BucketGroup, Admin, bucketItem, "replace the lifecycle rules without being a guardian", SettingKept, WithoutPolicy, SealConfiguration, true, 0, docPolicyActions, sealLifecycle},
	{"seal-policy", BucketGroup, Admin, bucketItem, "remove the bucket policy without being a guardian", SettingKept, WithoutPolicy, SealConfiguration, true, 0, docPolicyActions, sealPolicy},
	{"empty-and-delete", BucketGroup, Owner, everything, "delete every version with the governance bypass, then the bucket", AllKept, WithoutLock, NoBypass, true, 0, docDeleteBucket, emptyAndDelete},
}
