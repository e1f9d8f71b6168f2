package client

import (
	"context"
	"fmt"
	"sync"

	"datalock/internal/client/judge"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

const (
	// maxReads limits the versions whose lock is read, atOnce how many are read
	// at a time.
	maxReads = 10_000
	atOnce   = 8
	// maxNamed limits the keys that are listed.
	maxNamed = 3
)

// contents are the versions, delete markers and uploads in a bucket, each by a
// unique id.
type contents map[string]bool

// A surveyor lists a bucket's contents.
type surveyor struct {
	client *s3.Client
	bucket string
}

// before returns what the bucket already holds, if its folder was kept.
func (s surveyor) before(ctx context.Context) (contents, error) {
	have := contents{}
	err := s.each(ctx, func(v types.ObjectVersion) { have[*v.Key+"\x00"+*v.VersionId] = true },
		func(m types.DeleteMarkerEntry) { have[*m.Key+"\x00"+*m.VersionId] = true })
	if err != nil {
		return nil, err
	}
	return have, s.eachUpload(ctx, func(u types.MultipartUpload) { have[*u.UploadId] = true })
}

// after returns what is in the bucket but was not there before.
func (s surveyor) after(ctx context.Context, before contents) (judge.Left, error) {
	left := judge.Left{Modes: map[string]int{}}
	var versions []types.ObjectVersion
	err := s.each(ctx, func(v types.ObjectVersion) {
		if before[*v.Key+"\x00"+*v.VersionId] {
			return
		}
		left.Versions++
		left.Bytes += aws.ToInt64(v.Size)
		if !aws.ToBool(v.IsLatest) {
			left.Noncurrent++
			left.Overwritten = named(left.Overwritten, *v.Key)
		}
		if len(versions) < maxReads {
			versions = append(versions, v)
		}
	}, func(m types.DeleteMarkerEntry) {
		if !before[*m.Key+"\x00"+*m.VersionId] {
			left.Markers++
			left.Hidden = named(left.Hidden, *m.Key)
		}
	})
	if err != nil {
		return left, err
	}
	left.Unread = left.Versions - len(versions)
	if err := s.locks(ctx, versions, &left); err != nil {
		return left, err
	}
	return left, s.eachUpload(ctx, func(u types.MultipartUpload) {
		if !before[*u.UploadId] {
			left.Uploads++
			left.Unfinished = named(left.Unfinished, *u.Key)
		}
	})
}

// locks reads the lock of each version.
func (s surveyor) locks(ctx context.Context, versions []types.ObjectVersion, left *judge.Left) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, v := range versions {
		group.Go(func() error {
			head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: v.Key, VersionId: v.VersionId})
			if err != nil {
				return fmt.Errorf("read the lock of %s: %w", *v.Key, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if head.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn {
				left.Holds++
			}
			if head.ObjectLockRetainUntilDate == nil {
				left.Unlocked++
				return nil
			}
			left.Modes[string(head.ObjectLockMode)]++
			until := head.ObjectLockRetainUntilDate.UTC()
			if left.First.IsZero() || until.Before(left.First) {
				left.First = until
			}
			if until.After(left.Last) {
				left.Last = until
			}
			return nil
		})
	}
	return group.Wait()
}

func (s surveyor) each(
	ctx context.Context,
	version func(types.ObjectVersion),
	marker func(types.DeleteMarkerEntry),
) error {
	pages := s3.NewListObjectVersionsPaginator(s.client, &s3.ListObjectVersionsInput{Bucket: &s.bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the bucket's versions: %w", err)
		}
		for _, v := range page.Versions {
			version(v)
		}
		for _, m := range page.DeleteMarkers {
			marker(m)
		}
	}
	return nil
}

func (s surveyor) eachUpload(ctx context.Context, upload func(types.MultipartUpload)) error {
	pages := s3.NewListMultipartUploadsPaginator(s.client, &s3.ListMultipartUploadsInput{Bucket: &s.bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the bucket's uploads: %w", err)
		}
		for _, u := range page.Uploads {
			upload(u)
		}
	}
	return nil
}

func named(list []string, key string) []string {
	if len(list) < maxNamed {
		return append(list, key)
	}
	return list
}
