package main

import (
	"crypto/md5"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

func putRetention(t *testing.T, client *s3.Client, bucket, key, version string, mode types.ObjectLockRetentionMode,
	until time.Time, bypass bool) error {
	t.Helper()
	_, err := client.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
		Bucket: &bucket, Key: &key, VersionId: &version, BypassGovernanceRetention: aws.Bool(bypass),
		Retention: &types.ObjectLockRetention{Mode: mode, RetainUntilDate: &until},
	})
	return err
}

func putHold(
	t *testing.T, client *s3.Client, bucket, key, version string, status types.ObjectLockLegalHoldStatus,
) error {
	t.Helper()
	_, err := client.PutObjectLegalHold(t.Context(), &s3.PutObjectLegalHoldInput{
		Bucket: &bucket, Key: &key, VersionId: &version, LegalHold: &types.ObjectLockLegalHold{Status: status},
	})
	return err
}

// deleteBatch deletes versions in one request and returns each one's code.
func deleteBatch(
	t *testing.T, client *s3.Client, bucket string, bypass bool, objects ...types.ObjectIdentifier,
) map[string]string {
	t.Helper()
	out, err := client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{
		Bucket: &bucket, Delete: &types.Delete{Objects: objects}, BypassGovernanceRetention: aws.Bool(bypass),
	})
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	for _, deleted := range out.Deleted {
		codes[*deleted.Key] = ""
	}
	for _, failed := range out.Errors {
		codes[*failed.Key] = *failed.Code
	}
	return codes
}

// TestComplianceHolds attacks a version that is locked by nothing but the
// bucket's default, and looks for it after each attack.
func TestComplianceHolds(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "compliance-holds"
	lockedBucket(t, root, bucket, days(compliance, 90))
	version := put(t, root, bucket, "k", "first")
	_, until := retentionOf(t, root, bucket, "k", version)

	attacks := map[string]func() error{
		"delete":             func() error { return deleteVersion(t, root, bucket, "k", version, false) },
		"delete with bypass": func() error { return deleteVersion(t, root, bucket, "k", version, true) },
		"shorten": func() error {
			return putRetention(t, root, bucket, "k", version, compliance, until.Add(-time.Hour), false)
		},
		"shorten with bypass": func() error {
			return putRetention(t, root, bucket, "k", version, compliance, until.Add(-time.Hour), true)
		},
		"to GOVERNANCE": func() error {
			return putRetention(t, root, bucket, "k", version, governance, until.Add(time.Hour), false)
		},
		"to GOVERNANCE with bypass": func() error {
			return putRetention(t, root, bucket, "k", version, governance, until.Add(time.Hour), true)
		},
	}
	try := func(when string) {
		for name, attack := range attacks {
			want(t, name+" "+when, attack(), "AccessDenied")
		}
		for _, bypass := range []bool{false, true} {
			if got := deleteBatch(t, root, bucket, bypass, types.ObjectIdentifier{
				Key:       aws.String("k"),
				VersionId: &version,
			}); got["k"] != "AccessDenied" {
				t.Errorf("batch delete %s: got %v", when, got)
			}
		}
		if got := readVersion(t, root, bucket, "k", version); got != "first" {
			t.Errorf("%s the version holds %q", when, got)
		}
		if mode, now := retentionOf(t, root, bucket, "k", version); mode != compliance || !now.Equal(until) {
			t.Errorf("%s the retention is %s until %s, was COMPLIANCE until %s", when, mode, now, until)
		}
	}
	try("of the current version")
	put(t, root, bucket, "k", "second")
	try("after an overwrite")
	setDefault(t, root, bucket, days(governance, 1))
	try("after the default was weakened")
	setDefault(t, root, bucket, nil)
	try("after the default was removed")
	if _, err := root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("k")}); err != nil {
		t.Fatal(err)
	}
	try("behind a delete marker")

	longer := until.Add(24 * time.Hour).Truncate(time.Second)
	want(t, "lengthen", putRetention(t, root, bucket, "k", version, compliance, longer, false), "")
	if _, now := retentionOf(t, root, bucket, "k", version); !now.Equal(longer) {
		t.Errorf("after lengthening the retention ends %s, want %s", now, longer)
	}
}

func TestBucketStaysLocked(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "stays-locked"
	lockedBucket(t, root, bucket, days(compliance, 1))
	put(t, root, bucket, "k", "data")
	ctx := t.Context()

	_, err := root.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended},
	})
	want(t, "suspend versioning", err, "InvalidBucketState")
	_, err = root.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
		Bucket: &bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: "Disabled"},
	})
	want(t, "switch the lock off", err, "MalformedXML")
	_, err = root.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket})
	want(t, "delete the bucket", err, "BucketNotEmpty", "VersionedBucketNotEmpty")
	if config, err := root.GetObjectLockConfiguration(ctx,
		&s3.GetObjectLockConfigurationInput{Bucket: &bucket}); err != nil ||
		config.ObjectLockConfiguration.ObjectLockEnabled != types.ObjectLockEnabledEnabled ||
		aws.ToInt32(config.ObjectLockConfiguration.Rule.DefaultRetention.Days) != 1 {
		t.Errorf("lock configuration: %v, %v", config, err)
	}
}

// TestExplicitLock wants what a request names in place of the default.
func TestExplicitLock(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "explicit-lock"
	lockedBucket(t, root, bucket, days(compliance, 90))
	until := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)

	versions := map[string]string{
		"put": put(t, root, bucket, "put", "data", func(in *s3.PutObjectInput) {
			in.ObjectLockMode, in.ObjectLockRetainUntilDate = types.ObjectLockModeGovernance, &until
			in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn
		}),
		"multipart": putInParts(t, root, bucket, "multipart", func(in *s3.CreateMultipartUploadInput) {
			in.ObjectLockMode, in.ObjectLockRetainUntilDate = types.ObjectLockModeGovernance, &until
			in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn
		}),
	}
	copied, err := root.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: &bucket, Key: aws.String("copy"), CopySource: aws.String(bucket + "/put"),
		ObjectLockMode: types.ObjectLockModeGovernance, ObjectLockRetainUntilDate: &until,
		ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOn,
	})
	if err != nil {
		t.Fatal(err)
	}
	versions["copy"] = *copied.VersionId
	for key, version := range versions {
		put(t, root, bucket, key, "newer")
		head, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key, VersionId: &version})
		if err != nil {
			t.Fatal(err)
		}
		if head.ObjectLockMode != types.ObjectLockModeGovernance || !head.ObjectLockRetainUntilDate.Equal(until) ||
			head.ObjectLockLegalHoldStatus != types.ObjectLockLegalHoldStatusOn {
			t.Errorf("%s, as an old version: %v until %v, hold %v", key, head.ObjectLockMode, head.ObjectLockRetainUntilDate,
				head.ObjectLockLegalHoldStatus)
		}
		want(t, key+": delete with bypass under hold", deleteVersion(t, root, bucket, key, version, true), "AccessDenied")
		want(t, key+": lift the hold", putHold(t, root, bucket, key, version, types.ObjectLockLegalHoldStatusOff), "")
		want(t, key+": delete without bypass", deleteVersion(t, root, bucket, key, version, false), "AccessDenied")
		want(t, key+": delete with bypass", deleteVersion(t, root, bucket, key, version, true), "")
	}
}

func TestLockNamedWithoutObjectLock(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "no-lock"
	if _, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Hour)
	_, err := root.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: aws.String("k"), Body: strings.NewReader("data"),
		ObjectLockMode: types.ObjectLockModeCompliance, ObjectLockRetainUntilDate: &until,
	})
	want(t, "put", err, "InvalidRequest")
	_, err = root.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
		Bucket: &bucket, Key: aws.String("k"), ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOn,
	})
	want(t, "multipart", err, "InvalidRequest")
	_, err = root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("k")})
	want(t, "the object after the refusal", err, "NotFound", "NoSuchKey")
}

func TestFolderKeysAreRefused(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "folder-keys"
	lockedBucket(t, root, bucket, days(compliance, 1))
	_, err := root.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket,
		Key:    aws.String("folder/"),
		Body:   strings.NewReader(""),
	})
	want(t, "put", err, "NotImplemented")
}

// TestAfterTheRetention waits for the end of short retentions.
func TestAfterTheRetention(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "after"
	lockedBucket(t, root, bucket, days(compliance, 90))
	until := time.Now().Add(3 * time.Second).UTC()
	short := func(in *s3.PutObjectInput) {
		in.ObjectLockMode, in.ObjectLockRetainUntilDate = types.ObjectLockModeCompliance, &until
	}
	free, held := put(t, root, bucket, "free", "data", short), put(t, root, bucket, "held", "data", short)
	want(t, "hold", putHold(t, root, bucket, "held", held, types.ObjectLockLegalHoldStatusOn), "")
	want(t, "delete before the end", deleteVersion(t, root, bucket, "free", free, true), "AccessDenied")
	time.Sleep(time.Until(until) + 1500*time.Millisecond)
	want(t, "delete under legal hold", deleteVersion(t, root, bucket, "held", held, true), "AccessDenied")
	want(t, "lift the hold", putHold(t, root, bucket, "held", held, types.ObjectLockLegalHoldStatusOff), "")
	codes := deleteBatch(t, root, bucket, false,
		types.ObjectIdentifier{
			Key:       aws.String("free"),
			VersionId: &free,
		}, types.ObjectIdentifier{Key: aws.String("held"), VersionId: &held})
	if codes["free"] != "" || codes["held"] != "" {
		t.Errorf("delete after the end: %v", codes)
	}
	_, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("free"), VersionId: &free})
	want(t, "the version after its delete", err, "NotFound", "NoSuchKey", "NoSuchVersion")
}

// TestVersionFromBeforeTheRule has no retention and may be deleted, whatever
// the rule says now.
func TestVersionFromBeforeTheRule(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "before-the-rule"
	lockedBucket(t, root, bucket, nil)
	version := put(t, root, bucket, "k", "data")
	setDefault(t, root, bucket, days(compliance, 90))
	if mode, _ := retentionOf(t, root, bucket, "k", version); mode != "" {
		t.Errorf("the old version has got a retention in %s mode", mode)
	}
	newer := put(t, root, bucket, "k", "newer")
	if mode, _ := retentionOf(t, root, bucket, "k", version); mode != "" {
		t.Errorf("the overwrite gave the old version a retention in %s mode", mode)
	}
	want(t, "delete the old version", deleteVersion(t, root, bucket, "k", version, false), "")
	want(t, "delete the new version", deleteVersion(t, root, bucket, "k", newer, false), "AccessDenied")
}

// TestLockOnAnExistingBucket switches Object Lock on for a bucket that exists:
// S3 wants its versioning Enabled first. Only versions from then on are locked.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html#object-lock-configure-existing-bucket
func TestLockOnAnExistingBucket(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "existing"
	if _, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	lock := func() error {
		_, err := root.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
			Bucket: &bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{
				ObjectLockEnabled: types.ObjectLockEnabledEnabled,
				Rule:              &types.ObjectLockRule{DefaultRetention: days(compliance, 90)},
			},
		})
		return err
	}
	version := func(status types.BucketVersioningStatus) error {
		_, err := root.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		})
		return err
	}
	put(t, root, bucket, "k", "unversioned")
	want(t, "lock an unversioned bucket", lock(), "InvalidBucketState")
	want(t, "enable versioning", version(types.BucketVersioningStatusEnabled), "")
	old := put(t, root, bucket, "k", "versioned")
	want(t, "suspend versioning", version(types.BucketVersioningStatusSuspended), "")
	want(t, "lock a bucket with suspended versioning", lock(), "InvalidBucketState")
	want(t, "enable versioning again", version(types.BucketVersioningStatusEnabled), "")
	want(t, "lock the bucket", lock(), "")
	want(t, "suspend versioning of a locked bucket", version(types.BucketVersioningStatusSuspended), "InvalidBucketState")
	locked := put(t, root, bucket, "k", "locked")
	for id, mode := range map[string]types.ObjectLockRetentionMode{"null": "", old: "", locked: compliance} {
		if got, _ := retentionOf(t, root, bucket, "k", id); got != mode {
			t.Errorf("version %s has mode %q, want %q", id, got, mode)
		}
	}
	want(t, "lock the null version",
		putRetention(t, root, bucket, "k", "null", compliance, time.Now().Add(time.Hour), false), "")
	want(t, "delete the null version", deleteVersion(t, root, bucket, "k", "null", true), "AccessDenied")
	want(t, "delete the old version", deleteVersion(t, root, bucket, "k", old, false), "")
	want(t, "delete the locked version", deleteVersion(t, root, bucket, "k", locked, true), "AccessDenied")
}

func TestDeleteMarker(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "delete-marker", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	version := put(t, root, bucket, key, "data")
	_, until := retentionOf(t, root, bucket, key, version)
	marker, err := root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	if err != nil || !aws.ToBool(marker.DeleteMarker) {
		t.Fatalf("lay a marker: %v, %v", marker, err)
	}
	_, err = root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	want(t, "the key behind the marker", err, "NotFound", "NoSuchKey")
	if got := readVersion(t, root, bucket, key, version); got != "data" {
		t.Errorf("the version behind the marker holds %q", got)
	}
	want(t, "remove the marker", deleteVersion(t, root, bucket, key, *marker.VersionId, false), "")
	head, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil || *head.VersionId != version || !head.ObjectLockRetainUntilDate.Equal(until) {
		t.Errorf("the key without the marker: %v, %v", head, err)
	}
}

func TestAbortedUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "aborted", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	upload, err := root.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	_, err = root.UploadPart(t.Context(), &s3.UploadPartInput{
		Bucket: &bucket, Key: &key, UploadId: upload.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("data"),
	})
	want(t, "part", err, "")
	_, err = root.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{
		Bucket:   &bucket,
		Key:      &key,
		UploadId: upload.UploadId,
	})
	want(t, "abort", err, "")
	_, err = root.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &bucket})
	want(t, "delete the empty bucket", err, "")
}

// TestMalformedRules wants each refused and the rule as it was.
func TestMalformedRules(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "malformed-rules"
	lockedBucket(t, root, bucket, days(compliance, 7))
	key := s.Users[identity.Root].Key
	one := "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>"
	for _, rule := range []string{
		"<Rule/>", "<Rule><DefaultRetention/></Rule>", one + one,
		"<Rule><DefaultRetention><Mode>GOVERNANCE</Mode></DefaultRetention></Rule>",
		"<Rule><DefaultRetention><Days>1</Days></DefaultRetention></Rule>",
		"<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years></DefaultRetention></Rule>",
	} {
		document := "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>" + rule +
			"</ObjectLockConfiguration>"
		sum := md5.Sum([]byte(document))
		status, body, _ := s.call(t, key, "PUT", bucket, "object-lock", document,
			"Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
		if status != 400 || !strings.Contains(body, "MalformedXML") {
			t.Errorf("%s: %d %s", rule, status, body)
		}
		config, err := root.GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: &bucket})
		if err != nil {
			t.Fatal(err)
		}
		if rule := config.ObjectLockConfiguration.Rule; rule == nil || aws.ToInt32(rule.DefaultRetention.Days) != 7 ||
			rule.DefaultRetention.Mode != compliance {
			t.Fatalf("the rule is now %+v", rule)
		}
	}
	status, body, _ := s.call(t, key, "PUT", bucket, "versioning",
		"<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
		"X-Amz-Mfa", "device 123456")
	if status != 501 {
		t.Errorf("MFA delete: %d %s", status, body)
	}
}
