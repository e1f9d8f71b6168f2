package main

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/internal/rehearse/server/internal/identity"
)

// TestReadsDuringChanges reads two locked versions of a key, by their ids, and
// lists them, while delete markers come and go and other versions are put on
// top. Every answer must be the version's, and every listing complete.
func TestReadsDuringChanges(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "reads-during-changes", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	bodies := map[string]string{}
	for _, body := range []string{"first", "and the second"} {
		bodies[put(t, root, bucket, key, body)] = body
	}
	var ended atomic.Bool
	var mu sync.Mutex
	wrong, asked := map[string]int{}, 0
	count := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		if what != "" {
			wrong[what]++
		}
	}
	var readers sync.WaitGroup
	for id, body := range bodies {
		for _, look := range []func(*s3.Client, string, string, string, string) string{wrongGet, wrongHead, wrongRetention} {
			readers.Go(func() {
				client := s.as(identity.Root)
				for !ended.Load() {
					count(look(client, bucket, key, id, body))
				}
			})
		}
	}
	readers.Go(func() {
		client := s.as(identity.Root)
		for !ended.Load() {
			count(wrongListing(client, bucket, key, bodies))
		}
	})
	changeUnderReaders(t, root, bucket, key)
	ended.Store(true)
	readers.Wait()
	for what, times := range wrong {
		t.Errorf("%d of %d reads: %s", times, asked, what)
	}
	if asked < 1000 {
		t.Errorf("only %d reads were made", asked)
	}
}

// changeUnderReaders lays markers on a key, removes them, and puts versions
// between them.
func changeUnderReaders(t *testing.T, client *s3.Client, bucket, key string) {
	t.Helper()
	for i := range 200 {
		out, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Errorf("lay a marker: %v", err)
			return
		}
		if i%10 == 5 {
			put(t, client, bucket, key, "on top")
		}
		if err := deleteVersion(t, client, bucket, key, aws.ToString(out.VersionId), false); err != nil {
			t.Errorf("remove a marker: %v", err)
		}
	}
}

func wrongGet(client *s3.Client, bucket, key, id, body string) string {
	out, err := client.GetObject(background, &s3.GetObjectInput{Bucket: &bucket, Key: &key, VersionId: &id})
	if err != nil {
		return "get: " + code(err)
	}
	data, err := io.ReadAll(out.Body)
	if err != nil || string(data) != body || aws.ToString(out.VersionId) != id {
		return fmt.Sprintf("get: %d bytes of %d, %v", len(data), len(body), err)
	}
	return ""
}

func wrongHead(client *s3.Client, bucket, key, id, body string) string {
	out, err := client.HeadObject(background, &s3.HeadObjectInput{Bucket: &bucket, Key: &key, VersionId: &id})
	if err != nil {
		return "head: " + code(err)
	}
	if aws.ToInt64(out.ContentLength) != int64(len(body)) || out.ObjectLockMode != "COMPLIANCE" {
		return fmt.Sprintf("head: length %d, mode %q", aws.ToInt64(out.ContentLength), out.ObjectLockMode)
	}
	return ""
}

func wrongRetention(client *s3.Client, bucket, key, id, _ string) string {
	out, err := client.GetObjectRetention(background, &s3.GetObjectRetentionInput{
		Bucket:    &bucket,
		Key:       &key,
		VersionId: &id,
	})
	if err != nil {
		return "retention: " + code(err)
	}
	if out.Retention.Mode != compliance {
		return fmt.Sprintf("retention: mode %q", out.Retention.Mode)
	}
	return ""
}

// wrongListing says what is wrong with a listing in which each of the bodies'
// versions must stand once, with its length.
func wrongListing(client *s3.Client, bucket, key string, bodies map[string]string) string {
	out, err := client.ListObjectVersions(background, &s3.ListObjectVersionsInput{Bucket: &bucket})
	if err != nil {
		return "list: " + code(err)
	}
	var found, latest []string
	for _, v := range out.Versions {
		if aws.ToBool(v.IsLatest) {
			latest = append(latest, *v.VersionId)
		}
		if body, known := bodies[*v.VersionId]; known && *v.Key == key && *v.Size == int64(len(body)) {
			found = append(found, *v.VersionId)
		}
	}
	for _, m := range out.DeleteMarkers {
		if aws.ToBool(m.IsLatest) {
			latest = append(latest, *m.VersionId)
		}
	}
	slices.Sort(found)
	switch {
	case len(latest) != 1:
		return fmt.Sprintf("list: %d entries are the latest", len(latest))
	case len(slices.Compact(slices.Clone(found))) != len(found):
		return "list: a version stands twice"
	case len(found) != len(bodies):
		return "list: a version is missing"
	}
	return ""
}
