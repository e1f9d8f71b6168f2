package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

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
