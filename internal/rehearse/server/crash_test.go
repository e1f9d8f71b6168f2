package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/internal/rehearse/server/internal/identity"
)

// background is for requests that may outlive what the test's context allows:
// those under way when the server is killed.
var background = context.Background()

// acknowledged is what a server has said before it was killed.
type acknowledged struct {
	mu sync.Mutex
	// versions holds each version's body, by key and id.
	versions map[string]map[string]string
	// markers holds the delete markers that were laid and not removed. One
	// whose removal wasn't answered is in doubt and in neither map.
	markers map[string]bool
	removed map[string]bool
	// enough is called with each version that was acknowledged.
	enough func()
}

func (a *acknowledged) put(key, id, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.versions[key] == nil {
		a.versions[key] = map[string]string{}
	}
	a.versions[key][id] = body
	a.enough()
}

// write changes one key until the server is gone.
func (a *acknowledged) write(client *s3.Client, bucket, key string, round int) {
	for i := 0; ; i++ {
		body := strings.Repeat(fmt.Sprintf("%s %d %d ", key, round, i), 1+rand.IntN(200))
		out, err := client.PutObject(background, &s3.PutObjectInput{
			Bucket: &bucket,
			Key:    &key,
			Body:   strings.NewReader(body),
		})
		if err != nil {
			return
		}
		a.put(key, *out.VersionId, body)
		for range rand.IntN(3) {
			if !a.hide(client, bucket, key) {
				return
			}
		}
	}
}

// hide lays a marker on the key and removes it, mostly.
func (a *acknowledged) hide(client *s3.Client, bucket, key string) bool {
	marker, err := client.DeleteObject(background, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return false
	}
	id := key + " " + *marker.VersionId
	if rand.IntN(8) == 0 {
		a.mu.Lock()
		a.markers[id] = true
		a.mu.Unlock()
		return true
	}
	_, err = client.DeleteObject(background, &s3.DeleteObjectInput{
		Bucket:    &bucket,
		Key:       &key,
		VersionId: marker.VersionId,
	})
	if err == nil {
		a.mu.Lock()
		a.removed[id] = true
		a.mu.Unlock()
	}
	return err == nil
}

// TestKilledAtRandom kills the server while keys are written, hidden and shown
// again, starts it again, and wants everything that was acknowledged: each
// version listed once, whole and locked, each marker as it was left.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	dir, bucket := t.TempDir(), "killed-at-random"
	said := &acknowledged{versions: map[string]map[string]string{}, markers: map[string]bool{}, removed: map[string]bool{}}
	for round := range 10 {
		s := startServer(t, nil, "--dir", dir)
		if round == 0 {
			lockedBucket(t, s.as(identity.Root), bucket, days(compliance, 90))
		}
		said.check(t, s, bucket)
		// It is killed somewhere behind the last of some versions.
		left, reached := 10+rand.IntN(20), make(chan struct{})
		said.enough = func() {
			if left--; left == 0 {
				close(reached)
			}
		}
		var writers sync.WaitGroup
		for worker := range 4 {
			writers.Go(func() { said.write(s.as(identity.Root), bucket, fmt.Sprint("folder/", worker), round) })
		}
		<-reached
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		_ = s.cmd.Process.Kill()
		s.forgive()
		writers.Wait()
	}
	s := startServer(t, nil, "--dir", dir)
	said.check(t, s, bucket)
	total := 0
	for _, versions := range said.versions {
		total += len(versions)
	}
	if total < 100 {
		t.Errorf("only %d versions were acknowledged", total)
	}
	t.Logf("%d acknowledged versions, %d markers left, %d removed", total, len(said.markers), len(said.removed))
}

// check compares what the server has with what was acknowledged.
func (a *acknowledged) check(t *testing.T, s *running, bucket string) {
	t.Helper()
	client := s.as(identity.Root)
	listed := map[string]int{}
	pages := s3.NewListObjectVersionsPaginator(client, &s3.ListObjectVersionsInput{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Versions {
			listed[*v.Key+" "+*v.VersionId]++
		}
		for _, m := range page.DeleteMarkers {
			listed[*m.Key+" "+*m.VersionId]++
		}
	}
	for entry, times := range listed {
		if times > 1 || a.removed[entry] {
			t.Errorf("%s is listed %d times, removed: %v", entry, times, a.removed[entry])
		}
	}
	for marker := range a.markers {
		if listed[marker] != 1 {
			t.Errorf("the marker %s is listed %d times", marker, listed[marker])
		}
	}
	for key, versions := range a.versions {
		for id, body := range versions {
			if listed[key+" "+id] != 1 {
				t.Errorf("version %s of %s is listed %d times", id, key, listed[key+" "+id])
			}
			a.checkVersion(t, client, bucket, key, id, body)
		}
	}
}

func (a *acknowledged) checkVersion(t *testing.T, client *s3.Client, bucket, key, id, body string) {
	t.Helper()
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, VersionId: &id})
	if err != nil {
		t.Errorf("read version %s of %s: %v", id, key, err)
		return
	}
	data, err := io.ReadAll(out.Body)
	if err != nil || string(data) != body {
		t.Errorf("version %s of %s holds %d bytes, want %d: %v", id, key, len(data), len(body), err)
	}
	if out.ObjectLockMode != "COMPLIANCE" || time.Until(aws.ToTime(out.ObjectLockRetainUntilDate)) < 89*24*time.Hour {
		t.Errorf("version %s of %s: mode %q", id, key, out.ObjectLockMode)
	}
}
