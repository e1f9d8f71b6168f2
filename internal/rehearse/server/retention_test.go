package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// put writes an object and returns its version.
func put(t *testing.T, client *s3.Client, bucket, key, body string, change ...func(*s3.PutObjectInput)) string {
	t.Helper()
	input := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)}
	for _, f := range change {
		f(input)
	}
	out, err := client.PutObject(t.Context(), input)
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	return aws.ToString(out.VersionId)
}

// retentionOf returns a version's mode and date; no mode where it has none.
func retentionOf(
	t *testing.T, client *s3.Client, bucket, key, version string,
) (types.ObjectLockRetentionMode, time.Time) {
	t.Helper()
	out, err := client.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{
		Bucket:    &bucket,
		Key:       &key,
		VersionId: &version,
	})
	if code(err) == "NoSuchObjectLockConfiguration" {
		return "", time.Time{}
	}
	if err != nil {
		t.Fatalf("retention of %s: %v", key, err)
	}
	return out.Retention.Mode, *out.Retention.RetainUntilDate
}

func deleteVersion(t *testing.T, client *s3.Client, bucket, key, version string, bypass bool) error {
	t.Helper()
	_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: &bucket, Key: &key, VersionId: &version, BypassGovernanceRetention: aws.Bool(bypass),
	})
	return err
}

func readVersion(t *testing.T, client *s3.Client, bucket, key, version string) string {
	t.Helper()
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, VersionId: &version})
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	data, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// writers are all the ways to a new version; each returns the version's id.
var writers = map[string]func(t *testing.T, client *s3.Client, bucket, key string) string{
	"put": func(t *testing.T, client *s3.Client, bucket, key string) string {
		return put(t, client, bucket, key, "data")
	},
	"put empty": func(t *testing.T, client *s3.Client, bucket, key string) string {
		return put(t, client, bucket, key, "")
	},
	"multipart": func(t *testing.T, client *s3.Client, bucket, key string) string {
		return putInParts(t, client, bucket, key, nil)
	},
	"copy": func(t *testing.T, client *s3.Client, bucket, key string) string {
		put(t, client, bucket, "source", "data")
		out, err := client.CopyObject(t.Context(), &s3.CopyObjectInput{
			Bucket:     &bucket,
			Key:        &key,
			CopySource: aws.String(bucket + "/source"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return *out.VersionId
	},
	"copy onto itself": func(t *testing.T, client *s3.Client, bucket, key string) string {
		put(t, client, bucket, key, "data")
		out, err := client.CopyObject(t.Context(), &s3.CopyObjectInput{
			Bucket: &bucket, Key: &key, CopySource: aws.String(bucket + "/" + key),
			MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"a": "b"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return *out.VersionId
	},
}

func putInParts(
	t *testing.T, client *s3.Client, bucket, key string, change func(*s3.CreateMultipartUploadInput),
) string {
	t.Helper()
	input := &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32}
	if change != nil {
		change(input)
	}
	upload, err := client.CreateMultipartUpload(t.Context(), input)
	if err != nil {
		t.Fatal(err)
	}
	part, err := client.UploadPart(t.Context(), &s3.UploadPartInput{
		Bucket: &bucket, Key: &key, UploadId: upload.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("data"),
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: &key, UploadId: upload.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{
			ETag: part.ETag, PartNumber: aws.Int32(1), ChecksumCRC32: part.ChecksumCRC32,
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.VersionId
}

func TestDefaultRetentionOnEachNewVersion(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root := s.as(identity.Root)
	rules := map[string]struct {
		rule *types.DefaultRetention
		days int
	}{
		"90-days-compliance": {days(compliance, 90), 90},
		"2-years-governance": {&types.DefaultRetention{Mode: governance, Years: aws.Int32(2)}, 730},
	}
	for name, rule := range rules {
		lockedBucket(t, root, name, rule.rule)
		for way, write := range writers {
			key := strings.ReplaceAll(way, " ", "-")
			before := time.Now()
			version := write(t, root, name, key)
			mode, until := retentionOf(t, root, name, key, version)
			wantUntil := before.AddDate(0, 0, rule.days)
			if mode != rule.rule.Mode || until.Before(wantUntil.Add(-time.Second)) || until.After(wantUntil.Add(time.Minute)) {
				t.Errorf("%s, %s: got %s until %s, want %s until %s", name, way, mode, until, rule.rule.Mode, wantUntil)
			}
		}
	}
}
