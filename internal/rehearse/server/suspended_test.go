package main

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// covered is a version, and a delete marker, under a null version.
type covered struct{ bucket, key, version, marker string }

// underNull makes a bucket whose versioning is suspended, in which a null version
// lies over another one and over a delete marker.
func underNull(t *testing.T, client *s3.Client, bucket string) covered {
	t.Helper()
	c := covered{bucket: bucket, key: "k"}
	version := func(status types.BucketVersioningStatus) {
		if _, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	version(types.BucketVersioningStatusEnabled)
	c.version = put(t, client, bucket, c.key, "older")
	deleted, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &c.key})
	if err != nil {
		t.Fatal(err)
	}
	c.marker = *deleted.VersionId
	version(types.BucketVersioningStatusSuspended)
	put(t, client, bucket, c.key, "the null version")
	return c
}

// TestUnderNull holds that what lies under a null version can be read by every
// request.
func TestUnderNull(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	client := s.as(identity.Root)
	c := underNull(t, client, "suspended")
	for version, size := range map[string]int64{c.version: 5, "null": 16} {
		head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{
			Bucket: &c.bucket, Key: &c.key, VersionId: &version, ChecksumMode: types.ChecksumModeEnabled,
		})
		if err != nil || *head.ContentLength != size || *head.VersionId != version || head.ChecksumCRC32 == nil {
			t.Fatalf("HEAD of %s: %+v, %v", version, head, err)
		}
		is, err := client.GetObjectAttributes(t.Context(), &s3.GetObjectAttributesInput{
			Bucket: &c.bucket, Key: &c.key, VersionId: &version,
			ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesEtag, types.ObjectAttributesObjectSize, types.ObjectAttributesChecksum},
		})
		if err != nil || aws.ToInt64(is.ObjectSize) != size || `"`+aws.ToString(is.ETag)+`"` != *head.ETag ||
			is.Checksum == nil || aws.ToString(is.Checksum.ChecksumCRC32) != *head.ChecksumCRC32 {
			t.Errorf("the attributes of %s: %+v, %v", version, is, err)
		}
	}
	_, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &c.bucket, Key: &c.key, VersionId: &c.marker})
	want(t, "HEAD of a delete marker", err, "MethodNotAllowed")
	_, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &c.bucket, Key: &c.key, VersionId: aws.String("01M8BP0K6P27ZDSA6XY3FMNWXX")})
	want(t, "HEAD of no version", err, "NotFound")
}
