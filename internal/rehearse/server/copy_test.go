package main

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// TestCopyOntoItself wants a new version with the new metadata, and the locked
// one as it was.
func TestCopyOntoItself(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "onto-itself", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	first := put(t, root, bucket, key, "data", func(in *s3.PutObjectInput) {
		in.Metadata, in.Tagging, in.ContentType = map[string]string{"of": "first"}, aws.String("team=data"), aws.String("text/csv")
	})
	_, err := root.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket:     &bucket,
		Key:        &key,
		CopySource: aws.String(bucket + "/" + key),
	})
	want(t, "copy without a change", err, "InvalidRequest")
	for _, source := range []string{"", "?versionId=" + first} {
		before, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		out, err := root.CopyObject(t.Context(), &s3.CopyObjectInput{
			Bucket: &bucket, Key: &key, CopySource: aws.String(bucket + "/" + key + source),
			MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"of": "copy"},
		})
		if err != nil {
			t.Fatal(err)
		}
		version := aws.ToString(out.VersionId)
		if version == "" || version == *before.VersionId {
			t.Errorf("the copy is version %q, the one before it %q", version, *before.VersionId)
		}
		if got := readVersion(t, root, bucket, key, version); got != "data" ||
			aws.ToString(out.CopyObjectResult.ETag) != *before.ETag {
			t.Errorf("the copy holds %q, etag %s", got, aws.ToString(out.CopyObjectResult.ETag))
		}
		for id, of := range map[string]string{first: "first", version: "copy"} {
			head, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key, VersionId: &id})
			if err != nil || head.Metadata["of"] != of || head.ObjectLockMode != types.ObjectLockModeCompliance {
				t.Errorf("version %s of %s: %v, mode %s, %v", id, of, head.Metadata, head.ObjectLockMode, err)
			}
		}
		tags, err := root.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{
			Bucket:    &bucket,
			Key:       &key,
			VersionId: &version,
		})
		if err != nil || len(tags.TagSet) != 1 || *tags.TagSet[0].Value != "data" {
			t.Errorf("tags of the copy: %v, %v", tags, err)
		}
	}
	_, err = root.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: &bucket, Key: &key, CopySource: aws.String(bucket + "/" + key), CopySourceIfMatch: aws.String(`"other"`),
		MetadataDirective: types.MetadataDirectiveReplace,
	})
	want(t, "copy of another etag", err, "PreconditionFailed")
}

// TestCopyOntoItselfKeepsWhatIsNotNamed holds that an encryption or a storage class is
// enough to copy an object onto itself, and that the copy keeps the rest, with the
// algorithm of the checksum.
func TestCopyOntoItselfKeepsWhatIsNotNamed(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "onto-itself-kept", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	put(t, root, bucket, key, "data", func(in *s3.PutObjectInput) {
		in.Metadata, in.ContentType = map[string]string{"of": "first"}, aws.String("text/csv")
		in.ChecksumAlgorithm = types.ChecksumAlgorithmSha256
	})
	head := func() *s3.HeadObjectOutput {
		out, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{
			Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled,
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := head()
	for name, change := range map[string]func(*s3.CopyObjectInput){
		"encryption":    func(in *s3.CopyObjectInput) { in.ServerSideEncryption = types.ServerSideEncryptionAes256 },
		"storage class": func(in *s3.CopyObjectInput) { in.StorageClass = types.StorageClassStandardIa },
		"metadata": func(in *s3.CopyObjectInput) {
			in.MetadataDirective, in.Metadata = types.MetadataDirectiveReplace, map[string]string{"of": "first"}
			in.ContentType = aws.String("text/csv")
		},
	} {
		before := head()
		in := &s3.CopyObjectInput{Bucket: &bucket, Key: &key, CopySource: aws.String(bucket + "/" + key)}
		change(in)
		_, err := root.CopyObject(t.Context(), in)
		want(t, name, err, "")
		is := head()
		if *is.VersionId == *before.VersionId || is.Metadata["of"] != "first" || *is.ContentType != "text/csv" ||
			aws.ToString(is.ChecksumSHA256) != *first.ChecksumSHA256 || is.ObjectLockMode != types.ObjectLockModeCompliance {
			t.Errorf("%s: %+v", name, is)
		}
		if name == "storage class" && is.StorageClass != types.StorageClassStandardIa {
			t.Errorf("the storage class is %q", is.StorageClass)
		}
	}
}

// TestConditionalCopy wants a copy to heed what is at its destination.
func TestConditionalCopy(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "conditional-copy"
	lockedBucket(t, root, bucket, days(compliance, 90))
	put(t, root, bucket, "source", "new")
	taken := put(t, root, bucket, "taken", "old")
	head, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("taken")})
	if err != nil {
		t.Fatal(err)
	}
	etag := head.ETag
	copyTo := func(key string, ifMatch, ifNoneMatch *string) error {
		_, err := root.CopyObject(t.Context(), &s3.CopyObjectInput{
			Bucket: &bucket, Key: &key, CopySource: aws.String(bucket + "/source"), IfMatch: ifMatch, IfNoneMatch: ifNoneMatch,
		})
		return err
	}
	want(t, "if nothing is there", copyTo("taken", nil, aws.String("*")), "PreconditionFailed")
	want(t, "if another etag is there", copyTo("taken", aws.String(`"0123"`), nil), "PreconditionFailed")
	head, err = root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("taken")})
	if err != nil || *head.VersionId != taken {
		t.Errorf("after refused copies: %v, %v", head, err)
	}
	want(t, "if its etag is there", copyTo("taken", etag, nil), "")
	want(t, "to a free key", copyTo("free", nil, aws.String("*")), "")
	if got := readVersion(t, root, bucket, "taken", taken); got != "old" {
		t.Errorf("the first version holds %q", got)
	}
}
