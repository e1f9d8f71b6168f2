package main

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// TestDeleteWhatIsNotThere wants S3's answers: 204 for a version that isn't
// there, a marker for a key that isn't, and 400 for what is no version id.
func TestDeleteWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "not-there"
	lockedBucket(t, root, bucket, nil)
	put(t, root, bucket, "k", "data")
	const noVersion = "01M8A78EJK9VK1181MN6TRYHR9"
	want(t, "version of a key", deleteVersion(t, root, bucket, "k", noVersion, false), "")
	want(t, "version of no key", deleteVersion(t, root, bucket, "other", noVersion, false), "")
	want(t, "no version id", deleteVersion(t, root, bucket, "k", "nonsense", false), "InvalidArgument")
	out, err := root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("folder/new")})
	if err != nil || !aws.ToBool(out.DeleteMarker) {
		t.Fatalf("delete of a key that isn't there: %+v, %v", out, err)
	}
	listed, err := root.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{
		Bucket: &bucket,
		Prefix: aws.String("folder/"),
	})
	if err != nil || len(listed.DeleteMarkers) != 1 || *listed.DeleteMarkers[0].VersionId != *out.VersionId {
		t.Errorf("listed: %+v, %v", listed, err)
	}
	want(t, "remove the marker", deleteVersion(t, root, bucket, "folder/new", *out.VersionId, false), "")
	for _, key := range []string{"k/below", "folder"} {
		put(t, root, bucket, "folder/k", "data")
		_, err = root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		want(t, "marker on "+key, err, "NotImplemented")
	}
}

// TestTimeOfAVersion wants a version to keep the time of its making when others
// are put on top of it and removed again.
func TestTimeOfAVersion(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "time", "k"
	lockedBucket(t, root, bucket, nil)
	first := put(t, root, bucket, key, "first")
	modified := func() string {
		listed, err := root.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &bucket})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range listed.Versions {
			if *v.VersionId == first {
				return v.LastModified.String()
			}
		}
		return ""
	}
	made := modified()
	second := put(t, root, bucket, key, "second")
	marker, err := root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if modified() != made {
		t.Errorf("made %s, with two versions on top %s", made, modified())
	}
	for _, id := range []string{*marker.VersionId, second} {
		want(t, "remove "+id, deleteVersion(t, root, bucket, key, id, false), "")
	}
	if modified() != made {
		t.Errorf("made %s, as the newest again %s", made, modified())
	}
}

// TestCompleteNoUpload wants an upload that isn't there to be called so, though
// the key has an object.
func TestCompleteNoUpload(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "no-upload"
	lockedBucket(t, root, bucket, nil)
	put(t, root, bucket, "k", "data")
	complete := func(key, upload string) (*s3.CompleteMultipartUploadOutput, error) {
		return root.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
			Bucket: &bucket, Key: &key, UploadId: &upload,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{
				PartNumber: aws.Int32(1), ETag: aws.String("8d777f385d3dfec8815d20f7496026dc"),
			}}},
		})
	}
	_, err := complete("k", "0123")
	want(t, "no upload", err, "NoSuchUpload")
	version := putInParts(t, root, bucket, "parts", nil)
	uploads, err := root.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil || len(uploads.Uploads) != 0 {
		t.Errorf("uploads after completion: %+v, %v", uploads, err)
	}
	_, err = complete("parts", "0123")
	want(t, "another upload", err, "NoSuchUpload")
	if got := readVersion(t, root, bucket, "parts", version); got != "data" {
		t.Errorf("the version holds %q", got)
	}
}

// TestDeleteObjectsHeedsTheRequest holds that conditions, quiet mode and the limit of
// keys count.
func TestDeleteObjectsHeedsTheRequest(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "delete-many"
	lockedBucket(t, root, bucket, nil)
	put(t, root, bucket, "k", "data")
	remove := func(quiet bool, objects ...types.ObjectIdentifier) (*s3.DeleteObjectsOutput, error) {
		return root.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{
			Bucket: &bucket, Delete: &types.Delete{Objects: objects, Quiet: &quiet},
		})
	}
	out, err := remove(false, types.ObjectIdentifier{Key: aws.String("k"), ETag: aws.String(`"0123"`)})
	if err != nil || len(out.Deleted) > 0 || len(out.Errors) != 1 || *out.Errors[0].Code != "PreconditionFailed" {
		t.Errorf("with another ETag: %+v, %v", out, err)
	}
	out, err = remove(false, types.ObjectIdentifier{Key: aws.String("gone"), ETag: aws.String("*")})
	if err != nil || len(out.Deleted) > 0 || len(out.Errors) != 1 || *out.Errors[0].Code != "PreconditionFailed" {
		t.Errorf("of a key that isn't there, with an ETag: %+v, %v", out, err)
	}
	head, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatalf("after a refused delete: %v", err)
	}
	out, err = remove(true, types.ObjectIdentifier{Key: aws.String("k"), ETag: head.ETag})
	if err != nil || len(out.Deleted)+len(out.Errors) > 0 {
		t.Errorf("quiet: %+v, %v", out, err)
	}
	_, err = root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("k")})
	want(t, "after the delete", err, "NotFound")
	put(t, root, bucket, "k", "data")
	for want, code := range []string{"", "PreconditionFailed"} { // the second finds a delete marker
		out, err = remove(false, types.ObjectIdentifier{Key: aws.String("k"), ETag: aws.String("*")})
		if err != nil || len(out.Errors) != want || want == 1 && *out.Errors[0].Code != code {
			t.Errorf("with any ETag: %+v, %v", out, err)
		}
	}
	_, err = remove(false, slices.Repeat([]types.ObjectIdentifier{{Key: aws.String("other")}}, 1001)...)
	want(t, "1,001 keys", err, "MalformedXML")
}
