package main

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/internal/rehearse/server/internal/identity"
)

// TestWriteOnceRace lets 8 writers put one key at the same time.
func TestWriteOnceRace(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "write-once-race"
	lockedBucket(t, root, bucket, days(compliance, 90))
	for round := range 10 {
		key := fmt.Sprint("k", round)
		codes := make([]string, 8)
		var writers sync.WaitGroup
		for i := range codes {
			writers.Go(func() {
				_, err := root.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: &bucket, Key: &key, Body: strings.NewReader(fmt.Sprint(i)), IfNoneMatch: aws.String("*"),
				})
				codes[i] = code(err)
			})
		}
		writers.Wait()
		winners := 0
		for _, got := range codes {
			switch got {
			case "":
				winners++
			case "PreconditionFailed", "ConditionalRequestConflict":
			default:
				t.Errorf("round %d: %s", round, got)
			}
		}
		if winners != 1 {
			t.Errorf("round %d: %d winners: %v", round, winners, codes)
		}
	}
}

// TestConcurrentVersions puts and hides one key at the same time: every version
// that was acknowledged must be there, whole and locked.
func TestConcurrentVersions(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "concurrent", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	var mu sync.Mutex
	written := map[string]string{}
	var workers sync.WaitGroup
	for worker := range 6 {
		workers.Go(func() {
			for i := range 15 {
				if worker%3 == 2 {
					if _, err := root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key}); err != nil {
						t.Errorf("lay a marker: %v", err)
					}
					continue
				}
				body := fmt.Sprintf("%d %d", worker, i)
				out, err := root.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: &bucket,
					Key:    &key,
					Body:   strings.NewReader(body),
				})
				if err != nil {
					t.Errorf("put: %v", err)
					continue
				}
				mu.Lock()
				written[*out.VersionId] = body
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if len(written) != 60 {
		t.Errorf("%d versions were acknowledged", len(written))
	}
	for version, body := range written {
		if got := readVersion(t, root, bucket, key, version); got != body {
			t.Errorf("version %s holds %q, want %q", version, got, body)
		}
		if mode, _ := retentionOf(t, root, bucket, key, version); mode != compliance {
			t.Errorf("version %s: mode %q", version, mode)
		}
		want(t, "delete "+version, deleteVersion(t, root, bucket, key, version, true), "AccessDenied")
	}
}

// TestGovernanceRace deletes a version without bypass while it goes behind
// delete markers and comes back.
func TestGovernanceRace(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, writer, bucket := s.as(identity.Root), s.as(identity.Writer), "governance-race"
	lockedBucket(t, root, bucket, days(governance, 90))
	for round := range 4 {
		key := fmt.Sprint("k", round)
		version := put(t, root, bucket, key, "data")
		var ended atomic.Bool
		var attackers sync.WaitGroup
		for range 3 {
			attackers.Go(func() {
				for !ended.Load() {
					if err := deleteVersion(t, writer, bucket, key, version, false); err == nil {
						t.Errorf("%s: deleted without bypass", key)
						return
					}
				}
			})
		}
		for range 75 {
			marker, err := root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
			if err == nil && aws.ToString(marker.VersionId) != "" {
				_ = deleteVersion(t, root, bucket, key, *marker.VersionId, false)
			}
		}
		ended.Store(true)
		attackers.Wait()
		if got := readVersion(t, root, bucket, key, version); got != "data" {
			t.Errorf("the version holds %q", got)
		}
		want(t, "delete with bypass", deleteVersion(t, writer, bucket, key, version, true), "")
	}
}
