package main

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/pkg/xattr"

	"datalock/internal/rehearse/server/internal/identity"
)

// TestLockedAtEveryMoment looks at the file that has a key's name, over and
// over, while versions and markers are laid on it: what is there is what a
// server killed at that moment leaves. It must be a locked version or a marker.
func TestLockedAtEveryMoment(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "every-moment"
	lockedBucket(t, root, bucket, days(compliance, 90))
	ways := map[string]func(key string){
		"put":       func(key string) { put(t, root, bucket, key, "next") },
		"multipart": func(key string) { putInParts(t, root, bucket, key, nil) },
		"marker": func(key string) {
			if _, err := root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key}); err != nil {
				t.Fatal(err)
			}
			put(t, root, bucket, key, "next")
		},
	}
	for name, way := range ways {
		first := put(t, root, bucket, name, "first")
		var ended atomic.Bool
		unlocked, looks := make(chan int, 1), 0
		go func() {
			found := 0
			for ; !ended.Load(); looks++ {
				f, err := os.Open(filepath.Join(s.Dir, "buckets", bucket, name))
				if err != nil {
					continue
				}
				_, lockErr := xattr.FGet(f, "user.object-retention")
				_, markerErr := xattr.FGet(f, "user.delete-marker")
				if lockErr != nil && markerErr != nil {
					found++
				}
				_ = f.Close()
			}
			unlocked <- found
		}()
		for range 150 {
			way(name)
		}
		ended.Store(true)
		if found := <-unlocked; found > 0 {
			t.Errorf("%s: an unlocked version in %d of %d looks", name, found, looks)
		}
		want(t, "delete after "+name, deleteVersion(t, root, bucket, name, first, true), "AccessDenied")
		listed, err := root.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{
			Bucket: &bucket,
			Prefix: aws.String(name),
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, marker := range listed.DeleteMarkers {
			if name != "marker" || aws.ToString(marker.VersionId) == "" {
				t.Errorf("%s: marker %+v", name, marker)
			}
		}
	}
}
