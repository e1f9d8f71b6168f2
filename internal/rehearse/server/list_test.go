package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// TestVersionPages wants each version once, whatever the size of a page.
func TestVersionPages(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "pages"
	lockedBucket(t, root, bucket, nil)
	var written []string
	for _, key := range []string{"a", "a.b", "aa/c", "d/e", "d/f", "g"} {
		var versions []string
		for range 3 {
			versions = append(versions, key+" "+put(t, root, bucket, key, "data"))
		}
		if key == "a.b" || key == "d/e" {
			out, err := root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
			if err != nil {
				t.Fatal(err)
			}
			versions = append(versions, key+" "+*out.VersionId, key+" "+put(t, root, bucket, key, "data"))
		}
		written = append(written, versions...)
	}
	slices.Sort(written)
	for _, size := range []int32{1, 2, 3, 4, 7, 100} {
		for _, delimiter := range []string{"", "/"} {
			var listed, prefixes []string
			input := &s3.ListObjectVersionsInput{Bucket: &bucket, MaxKeys: &size}
			expected := written
			if delimiter != "" {
				input.Delimiter = &delimiter
				expected = slices.DeleteFunc(slices.Clone(written), func(v string) bool { return strings.Contains(v, "/") })
			}
			for pages := 0; ; pages++ {
				page, err := root.ListObjectVersions(t.Context(), input)
				if err != nil || pages > 50 {
					t.Fatalf("%d pages of %d, %v", pages, size, err)
				}
				if got := len(page.Versions) + len(page.DeleteMarkers) + len(page.CommonPrefixes); got > int(size) {
					t.Errorf("a page of %d has %d entries", size, got)
				}
				for _, v := range page.Versions {
					listed = append(listed, *v.Key+" "+*v.VersionId)
				}
				for _, m := range page.DeleteMarkers {
					listed = append(listed, *m.Key+" "+*m.VersionId)
				}
				for _, p := range page.CommonPrefixes {
					prefixes = append(prefixes, *p.Prefix)
				}
				if !aws.ToBool(page.IsTruncated) {
					break
				}
				input.KeyMarker, input.VersionIdMarker = page.NextKeyMarker, page.NextVersionIdMarker
			}
			slices.Sort(listed)
			if !slices.Equal(listed, expected) {
				t.Errorf("pages of %d, delimiter %q: %d entries %q, want %d", size, delimiter, len(listed), listed, len(expected))
			}
			if delimiter != "" && !slices.Equal(prefixes, []string{"aa/", "d/"}) {
				t.Errorf("pages of %d: prefixes %q", size, prefixes)
			}
		}
	}
}

// TestEncodedListings wants keys, prefixes and markers encoded in each listing
// that asks for it, as S3 does, and plain otherwise.
func TestEncodedListings(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "encoded"
	lockedBucket(t, root, bucket, nil)
	plain := []string{"50% x/é+ü.bin", "a b/c~d*e(3)-_.'&.bin", "z"}
	encoded := []string{"50%25+x/%C3%A9%2B%C3%BC.bin", "a+b/c%7Ed*e%283%29-_.%27%26.bin", "z"}
	for _, key := range plain {
		put(t, root, bucket, key, "data")
		if _, err := root.CreateMultipartUpload(
			t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key},
		); err != nil {
			t.Fatal(err)
		}
	}
	for asked, want := range map[types.EncodingType][]string{"": plain, types.EncodingTypeUrl: encoded} {
		var versions, uploads, one, two []string
		vs := &s3.ListObjectVersionsInput{Bucket: &bucket, EncodingType: asked, MaxKeys: aws.Int32(2)}
		first, err := root.ListObjectVersions(t.Context(), vs)
		if err != nil || first.EncodingType != asked || aws.ToString(first.NextKeyMarker) != want[1] {
			t.Fatalf("encoding %q: %q, next %q, %v", asked, first.EncodingType, aws.ToString(first.NextKeyMarker), err)
		}
		vs.MaxKeys = nil
		all, err := root.ListObjectVersions(t.Context(), vs)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all.Versions {
			versions = append(versions, *v.Key)
		}
		us := &s3.ListMultipartUploadsInput{Bucket: &bucket, EncodingType: asked}
		pending, err := root.ListMultipartUploads(t.Context(), us)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range pending.Uploads {
			uploads = append(uploads, *u.Key)
		}
		us.MaxUploads = aws.Int32(2)
		if pending, err = root.ListMultipartUploads(t.Context(), us); err != nil || *pending.NextKeyMarker != want[1] {
			t.Errorf("encoding %q: next upload %q, %v", asked, *pending.NextKeyMarker, err)
		}
		v1, err := root.ListObjects(t.Context(), &s3.ListObjectsInput{Bucket: &bucket, EncodingType: asked})
		if err != nil || v1.EncodingType != asked {
			t.Fatalf("encoding %q: %v", asked, err)
		}
		for _, o := range v1.Contents {
			one = append(one, *o.Key)
		}
		v2, err := root.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
			Bucket: &bucket, EncodingType: asked, Delimiter: aws.String("/"),
		})
		if err != nil || v2.EncodingType != asked {
			t.Fatalf("encoding %q: %v", asked, err)
		}
		for _, p := range v2.CommonPrefixes {
			two = append(two, *p.Prefix)
		}
		folders := []string{want[0][:strings.Index(want[0], "/")+1], want[1][:strings.Index(want[1], "/")+1]}
		for what, got := range map[string][]string{"versions": versions, "uploads": uploads, "objects": one} {
			if !slices.Equal(got, want) {
				t.Errorf("encoding %q: %s %q, want %q", asked, what, got, want)
			}
		}
		if !slices.Equal(two, folders) {
			t.Errorf("encoding %q: prefixes %q, want %q", asked, two, folders)
		}
	}
	if _, err := root.ListObjects(t.Context(), &s3.ListObjectsInput{Bucket: &bucket, EncodingType: "hex"}); err == nil {
		t.Error("an unknown encoding was accepted")
	}
}
