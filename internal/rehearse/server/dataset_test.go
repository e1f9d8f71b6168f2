package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// What publishing and verifying a dataset ask of a server.

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// TestHeadTellsAll wants checksum, size and lock of a version in one HEAD, and
// the lock left out for those who may not see it.
func TestHeadTellsAll(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "head-tells-all"
	lockedBucket(t, root, bucket, nil)
	until := time.Now().AddDate(0, 0, 30).UTC().Truncate(time.Second)
	version := put(t, root, bucket, "k", "data", func(in *s3.PutObjectInput) {
		in.ChecksumSHA256 = aws.String(sha256Of([]byte("data")))
		in.ObjectLockMode, in.ObjectLockRetainUntilDate = types.ObjectLockModeCompliance, &until
		in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn
	})
	put(t, root, bucket, "k", "on top")
	for _, c := range []struct {
		denied           string
		retention, holds bool
	}{{"", true, true}, {"s3:GetObjectRetention", false, true}, {"s3:GetObjectLegalHold", true, false}} {
		if c.denied != "" {
			setPolicy(t, root, bucket, `"Effect":"Deny","Principal":"*","Action":"`+c.denied+`"`)
		}
		head, err := s.as(identity.Writer).HeadObject(t.Context(), &s3.HeadObjectInput{
			Bucket: &bucket, Key: aws.String("k"), VersionId: &version, ChecksumMode: types.ChecksumModeEnabled,
		})
		if err != nil {
			t.Fatalf("without %s: %v", c.denied, err)
		}
		if aws.ToString(head.ChecksumSHA256) != sha256Of([]byte("data")) ||
			head.ChecksumType != types.ChecksumTypeFullObject || *head.ContentLength != 4 {
			t.Errorf("without %s: checksum %v of type %s, length %d", c.denied, aws.ToString(head.ChecksumSHA256),
				head.ChecksumType, *head.ContentLength)
		}
		if seen := head.ObjectLockMode == types.ObjectLockModeCompliance &&
			aws.ToTime(head.ObjectLockRetainUntilDate).Equal(until); seen != c.retention {
			t.Errorf("without %s: mode %q until %v", c.denied, head.ObjectLockMode, head.ObjectLockRetainUntilDate)
		}
		if hidden := head.ObjectLockMode == "" && head.ObjectLockRetainUntilDate == nil; hidden == c.retention {
			t.Errorf("without %s: mode %q until %v", c.denied, head.ObjectLockMode, head.ObjectLockRetainUntilDate)
		}
		if seen := head.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn; seen != c.holds {
			t.Errorf("without %s: hold %q", c.denied, head.ObjectLockLegalHoldStatus)
		}
		got, err := s.as(identity.Writer).GetObject(t.Context(), &s3.GetObjectInput{
			Bucket:    &bucket,
			Key:       aws.String("k"),
			VersionId: &version,
		})
		if err != nil {
			t.Fatalf("get without %s: %v", c.denied, err)
		}
		_ = got.Body.Close()
		if got.ObjectLockMode != head.ObjectLockMode || got.ObjectLockLegalHoldStatus != head.ObjectLockLegalHoldStatus {
			t.Errorf("get without %s: %q, %q", c.denied, got.ObjectLockMode, got.ObjectLockLegalHoldStatus)
		}
	}
}

// upload sends parts with SHA-256 and returns what completes them.
func upload(t *testing.T, client *s3.Client, bucket, key string, parts ...[]byte) *s3.CompleteMultipartUploadInput {
	t.Helper()
	begun, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
		Bucket: &bucket, Key: &key, ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		StorageClass: types.StorageClassGlacierIr,
	})
	if err != nil {
		t.Fatal(err)
	}
	complete := &s3.CompleteMultipartUploadInput{
		Bucket:          &bucket,
		Key:             &key,
		UploadId:        begun.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{},
	}
	for i, data := range parts {
		number := aws.Int32(int32(i + 1))
		part, err := client.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: &bucket, Key: &key, UploadId: begun.UploadId, PartNumber: number, Body: bytes.NewReader(data),
			ChecksumSHA256: aws.String(sha256Of(data)),
		})
		if err != nil {
			t.Fatal(err)
		}
		complete.MultipartUpload.Parts = append(complete.MultipartUpload.Parts, types.CompletedPart{
			ETag:           part.ETag,
			PartNumber:     number,
			ChecksumSHA256: part.ChecksumSHA256,
		})
	}
	return complete
}

// TestCompositeChecksum wants the hash of the parts' hashes for a version made
// of parts, and the parts' own while they wait.
func TestCompositeChecksum(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	writer, bucket, key := s.as(identity.Writer), "composite", "k"
	lockedBucket(t, s.as(identity.Root), bucket, days(compliance, 30))
	parts := [][]byte{bytes.Repeat([]byte("a"), 5<<20), bytes.Repeat([]byte("b"), 5<<20), []byte("c")}
	complete := upload(t, writer, bucket, key, parts...)
	uploads, err := writer.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil || len(uploads.Uploads) != 1 || *uploads.Uploads[0].Key != key ||
		*uploads.Uploads[0].UploadId != *complete.UploadId {
		t.Errorf("uploads: %+v, %v", uploads, err)
	}
	listed, err := writer.ListParts(t.Context(), &s3.ListPartsInput{
		Bucket:   &bucket,
		Key:      &key,
		UploadId: complete.UploadId,
	})
	if err != nil || len(listed.Parts) != len(parts) {
		t.Fatalf("parts: %+v, %v", listed, err)
	}
	var sums []byte
	for i, part := range listed.Parts {
		if aws.ToString(part.ChecksumSHA256) != sha256Of(parts[i]) || *part.Size != int64(len(parts[i])) {
			t.Errorf("part %d: %s of %d bytes", i+1, aws.ToString(part.ChecksumSHA256), *part.Size)
		}
		sum := sha256.Sum256(parts[i])
		sums = append(sums, sum[:]...)
	}
	wanted := fmt.Sprintf("%s-%d", sha256Of(sums), len(parts))
	out, err := writer.CompleteMultipartUpload(t.Context(), complete)
	if err != nil || aws.ToString(out.ChecksumSHA256) != wanted {
		t.Fatalf("complete: %+v, %v", out, err)
	}
	head, err := writer.HeadObject(t.Context(), &s3.HeadObjectInput{
		Bucket:       &bucket,
		Key:          &key,
		VersionId:    out.VersionId,
		ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil || aws.ToString(head.ChecksumSHA256) != wanted || head.ChecksumType != types.ChecksumTypeComposite {
		t.Errorf("head: %s of type %s, want %s, %v", aws.ToString(head.ChecksumSHA256), head.ChecksumType, wanted, err)
	}
	if *head.ContentLength != 10<<20+1 || head.ObjectLockMode != types.ObjectLockModeCompliance ||
		head.StorageClass != types.StorageClassGlacierIr {
		t.Errorf("head: %d bytes, mode %q, class %q", *head.ContentLength, head.ObjectLockMode, head.StorageClass)
	}
	again, err := writer.CompleteMultipartUpload(t.Context(), complete)
	if err != nil || aws.ToString(again.VersionId) != *out.VersionId {
		t.Errorf("complete again: %+v, %v", again, err)
	}
}

// TestIfNothingIsThere wants one version of a key from those who ask for that.
func TestIfNothingIsThere(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	writer, bucket := s.as(identity.Writer), "if-nothing"
	lockedBucket(t, s.as(identity.Root), bucket, days(compliance, 30))
	once := func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }
	put(t, writer, bucket, "k", "data", once)
	_, err := writer.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket:      &bucket,
		Key:         aws.String("k"),
		Body:        strings.NewReader("x"),
		IfNoneMatch: aws.String("*"),
	})
	want(t, "put", err, "PreconditionFailed")
	complete := upload(t, writer, bucket, "k", []byte("parts"))
	complete.IfNoneMatch = aws.String("*")
	_, err = writer.CompleteMultipartUpload(t.Context(), complete)
	want(t, "complete", err, "PreconditionFailed")
	complete.IfNoneMatch = nil
	_, err = writer.CompleteMultipartUpload(t.Context(), complete)
	want(t, "complete without the condition", err, "")
	if _, err := writer.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: &bucket,
		Key:    aws.String("k"),
	}); err != nil {
		t.Fatal(err)
	}
	put(t, writer, bucket, "k", "behind a marker", once)
}

// TestPartsNeedAChecksum wants S3's refusal of a part without a checksum, be the
// lock the upload's or the bucket's.
func TestPartsNeedAChecksum(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "parts-need"
	old := s.with(s.Users[identity.Root].Key,
		func(o *s3.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired })
	lockedBucket(t, root, bucket, nil)
	until := time.Now().AddDate(0, 0, 2)
	for _, c := range []struct {
		rule, lock bool
		code       string
	}{{false, false, ""}, {false, true, "InvalidRequest"}, {true, false, "InvalidRequest"}} {
		if c.rule {
			setDefault(t, root, bucket, days(compliance, 1))
		}
		input := &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: aws.String("k")}
		if c.lock {
			input.ObjectLockMode, input.ObjectLockRetainUntilDate = types.ObjectLockModeGovernance, &until
		}
		begun, err := old.CreateMultipartUpload(t.Context(), input)
		if err != nil {
			t.Fatal(err)
		}
		part := &s3.UploadPartInput{Bucket: &bucket, Key: aws.String("k"), UploadId: begun.UploadId, PartNumber: aws.Int32(1)}
		part.Body = strings.NewReader("x")
		_, err = old.UploadPart(t.Context(), part)
		want(t, fmt.Sprintf("part, %+v", c), err, c.code)
		if c.code != "" && !strings.Contains(fmt.Sprint(err),
			"Content-MD5 OR x-amz-checksum- HTTP header is required for Put Part requests with Object Lock parameters") {
			t.Errorf("the reason: %v", err)
		}
		part.Body, part.ContentMD5 = strings.NewReader("x"), aws.String("ndTkYSaMgDT1yFZOFVxnpg==")
		_, err = old.UploadPart(t.Context(), part)
		want(t, fmt.Sprintf("part with Content-MD5, %+v", c), err, "")
	}
}

// TestNullVersion: a version from before versioning has the id null, is found by
// it and can be locked, whether it is the newest or not.
func TestNullVersion(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), aws.String("adopted"), aws.String("a/k")
	if _, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	put(t, root, *bucket, *key, "before")
	_, err := root.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: "Enabled"},
	})
	want(t, "switch versioning on", err, "")
	setDefault(t, root, *bucket, nil)
	null := aws.String("null")
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for _, state := range []string{"newest", "below another"} {
		head, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key, VersionId: null})
		if err != nil || aws.ToString(head.VersionId) != "null" || *head.ContentLength != 6 {
			t.Fatalf("%s: HEAD says %+v, %v", state, head, err)
		}
		_, err = root.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: bucket, Key: key, VersionId: null})
		if state == "newest" {
			want(t, "no retention yet", err, "NoSuchObjectLockConfiguration")
			_, err = root.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
				Bucket: bucket, Key: key, VersionId: null,
				Retention: &types.ObjectLockRetention{Mode: "COMPLIANCE", RetainUntilDate: &until},
			})
		}
		want(t, state+": its retention", err, "")
		_, err = root.GetObjectLegalHold(t.Context(), &s3.GetObjectLegalHoldInput{Bucket: bucket, Key: key, VersionId: null})
		want(t, state+": its legal hold", err, "NoSuchObjectLockConfiguration")
		_, err = root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key, VersionId: null})
		want(t, state+": delete it", err, "AccessDenied")
		put(t, root, *bucket, *key, "newer one")
	}
}
