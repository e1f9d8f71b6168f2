package main

import (
	"fmt"
	"slices"
	"testing"

	"datalock/internal/rehearse/server/internal/identity"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func begin(t *testing.T, client *s3.Client, bucket, key string) string {
	t.Helper()
	out, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	return *out.UploadId
}

// uploadsInPages lists the keys and ids of unfinished uploads, and the common prefixes,
// in pages of a size.
func uploadsInPages(t *testing.T, client *s3.Client, bucket, delimiter string, size int32) ([]string, error) {
	t.Helper()
	var seen []string
	input := &s3.ListMultipartUploadsInput{Bucket: &bucket, MaxUploads: &size}
	if delimiter != "" {
		input.Delimiter = &delimiter
	}
	for range 100 {
		page, err := client.ListMultipartUploads(t.Context(), input)
		if err != nil {
			return seen, err
		}
		for _, u := range page.Uploads {
			seen = append(seen, *u.Key+" "+*u.UploadId)
		}
		for _, p := range page.CommonPrefixes {
			seen = append(seen, *p.Prefix)
		}
		if n := len(page.Uploads) + len(page.CommonPrefixes); n > int(size) {
			return seen, fmt.Errorf("a page has %d entries", n)
		}
		if !*page.IsTruncated {
			return seen, nil
		}
		input.KeyMarker, input.UploadIdMarker = page.NextKeyMarker, page.NextUploadIdMarker
	}
	return seen, fmt.Errorf("the listing doesn't end: %q", seen)
}

// TestUploadsInPages: pages of any size have each upload once, also of a key with more
// than a page holds, and continue after an upload that ended in the meantime.
func TestUploadsInPages(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "uploads"
	lockedBucket(t, root, bucket, nil)
	var want []string
	for _, key := range []string{"a", "b/1", "b/2", "b0", "c"} {
		for range 3 {
			want = append(want, key+" "+begin(t, root, bucket, key))
		}
	}
	// Uploads of one moment have no order.
	slices.Sort(want)
	for size := int32(1); size < 17; size++ {
		got, err := uploadsInPages(t, root, bucket, "", size)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("pages of %d: %q, %v", size, got, err)
		}
		got, err = uploadsInPages(t, root, bucket, "/", size)
		slices.Sort(got)
		folders := append(slices.Concat(want[:3], want[9:]), "b/")
		slices.Sort(folders)
		if err != nil || !slices.Equal(got, folders) {
			t.Errorf("pages of %d with a delimiter: %q, %v", size, got, err)
		}
	}
	input := &s3.ListMultipartUploadsInput{Bucket: &bucket, MaxUploads: aws.Int32(2)}
	first, err := root.ListMultipartUploads(t.Context(), input)
	if err != nil {
		t.Fatal(err)
	}
	gone := first.Uploads[1]
	if _, err := root.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{
		Bucket: &bucket, Key: gone.Key, UploadId: gone.UploadId,
	}); err != nil {
		t.Fatal(err)
	}
	input.KeyMarker, input.UploadIdMarker = first.NextKeyMarker, first.NextUploadIdMarker
	next, err := root.ListMultipartUploads(t.Context(), input)
	if err != nil || len(next.Uploads) != 2 || *next.Uploads[1].Key < "a" {
		t.Errorf("after an upload that ended: %+v, %v", next, err)
	}
}
