package main

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// copies are the two ways to copy a source to the key "copy".
func copies(t *testing.T, client *s3.Client, bucket string) map[string]func(source string) error {
	t.Helper()
	return map[string]func(string) error{
		"CopyObject": func(source string) error {
			_, err := client.CopyObject(t.Context(), &s3.CopyObjectInput{
				Bucket: &bucket, Key: aws.String("copy"), CopySource: aws.String(bucket + "/" + source),
			})
			return err
		},
		"UploadPartCopy": func(source string) error {
			upload, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
				Bucket: &bucket, Key: aws.String("copy"),
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{
				Bucket: &bucket, Key: aws.String("copy"), UploadId: upload.UploadId, PartNumber: aws.Int32(1),
				CopySource: aws.String(bucket + "/" + source),
			})
			return err
		},
	}
}

// TestCopyOfADeleteMarker holds that a delete marker can't be copied.
func TestCopyOfADeleteMarker(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "copy-marker"
	lockedBucket(t, root, bucket, nil)
	version := put(t, root, bucket, "k", "data")
	marker, err := root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	for name, copied := range copies(t, root, bucket) {
		want(t, name+" of the newest", copied("k"), "NoSuchKey")
		want(t, name+" of its version", copied("k?versionId="+*marker.VersionId), "InvalidRequest")
		want(t, name+" of the version below", copied("k?versionId="+version), "")
	}
	put(t, root, bucket, "k", "newer")
	for name, copied := range copies(t, root, bucket) {
		want(t, name+" of a marker below", copied("k?versionId="+*marker.VersionId), "InvalidRequest")
		want(t, name+" of the key", copied("k"), "")
	}
}

// TestCopyOfAVersionNeedsItsAction holds that a copy of a version is subject to the
// statements about s3:GetObjectVersion and about the key.
func TestCopyOfAVersionNeedsItsAction(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--tls")
	root, bucket := s.as(identity.Root), "copy-denied"
	lockedBucket(t, root, bucket, nil)
	version := put(t, root, bucket, "k", "data")
	for _, statement := range []string{
		`"Action":"s3:GetObjectVersion","Resource":"arn:aws:s3:::copy-denied/*"`,
		`"Action":"s3:GetObjectVersion","Resource":"arn:aws:s3:::copy-denied/k"`,
	} {
		_, err := root.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{
			Bucket: &bucket, Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"` +
				s.Users[identity.Writer].ARN + `"},` + statement + `}]}`),
		})
		want(t, "put the policy", err, "")
		for name, copied := range copies(t, s.as(identity.Writer), bucket) {
			want(t, name+" of a version", copied("k?versionId="+version), "AccessDenied")
			want(t, name+" of the newest", copied("k"), "")
		}
	}
}

// TestNewestNullVersion holds that the null version, as every key has in a bucket that
// was just adopted, is found by its name while it is the newest.
func TestNewestNullVersion(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key, null := s.as(identity.Root), "null", "k", aws.String("null")
	ctx := t.Context()
	if _, err := root.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	put(t, root, bucket, key, "data")
	_, err := root.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	setDefault(t, root, bucket, nil)
	if got := readVersion(t, root, bucket, key, *null); got != "data" {
		t.Errorf("it holds %q", got)
	}
	_, err = root.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: &bucket, Key: &key, VersionId: null,
		Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}})
	want(t, "PutObjectTagging", err, "")
	_, err = root.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: &bucket, Key: &key, VersionId: null})
	want(t, "GetObjectTagging", err, "")
	_, err = root.DeleteObjectTagging(ctx, &s3.DeleteObjectTaggingInput{Bucket: &bucket, Key: &key, VersionId: null})
	want(t, "DeleteObjectTagging", err, "")
	for name, copied := range copies(t, root, bucket) {
		want(t, name, copied(key+"?versionId=null"), "")
	}
	hold := func(status types.ObjectLockLegalHoldStatus) error {
		_, err := root.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{Bucket: &bucket, Key: &key, VersionId: null,
			LegalHold: &types.ObjectLockLegalHold{Status: status}})
		return err
	}
	want(t, "PutObjectLegalHold", hold(types.ObjectLockLegalHoldStatusOn), "")
	want(t, "delete of the held version", deleteVersion(t, root, bucket, key, *null, false), "AccessDenied")
	put(t, root, bucket, key, "newer")
	want(t, "PutObjectLegalHold below another", hold(types.ObjectLockLegalHoldStatusOff), "")
	want(t, "delete", deleteVersion(t, root, bucket, key, *null, false), "")
}
