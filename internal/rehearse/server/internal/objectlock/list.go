package objectlock

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3response"
)

// maxPage is the number of entries in S3's largest page.
const maxPage = 1000

// entry is a version, a delete marker or a common prefix in a listing.
type entry struct {
	key, version string
	latest       bool
	object       *s3response.ObjectVersion
	marker       *types.DeleteMarkerEntry
	prefix       *types.CommonPrefix
}

// ListObjectVersions lists versions page by page. The walk gives a key's
// versions together, so it is asked for everything, and the page is cut out
// here.
func (b *Backend) ListObjectVersions(
	ctx context.Context, input *s3.ListObjectVersionsInput,
) (s3response.ListVersionsResult, error) {
	encoding, err := encodingOf(ctx)
	if err != nil {
		return s3response.ListVersionsResult{}, err
	}
	bucket, marker := *input.Bucket, aws.ToString(input.KeyMarker)
	if _, err := b.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); err != nil {
		return s3response.ListVersionsResult{}, err
	}
	walked, err := backend.WalkVersions(ctx, os.DirFS(bucket), aws.ToString(input.Prefix), aws.ToString(input.Delimiter),
		"", "", math.MaxInt32,
		func(path, _ string, _ *bool, _ int, d fs.DirEntry) (*backend.ObjVersionFuncResult, error) {
			if path < marker && !d.IsDir() {
				return nil, backend.ErrSkipObj
			}
			return b.versionsOf(bucket, path, d)
		}, []string{posix.MetaTmpDir})
	if err != nil {
		return s3response.ListVersionsResult{}, fmt.Errorf("list the versions in %s: %w", bucket, err)
	}
	found := s3response.ListVersionsResult{
		Name: &bucket, Prefix: orEmpty(input.Prefix), Delimiter: orEmpty(input.Delimiter),
		Versions: walked.ObjectVersions, DeleteMarkers: walked.DelMarkers, CommonPrefixes: walked.CommonPrefixes,
	}
	entries := after(inOrder(found), aws.ToString(input.KeyMarker), aws.ToString(input.VersionIdMarker))
	limit := maxPage
	if input.MaxKeys != nil {
		limit = min(limit, int(*input.MaxKeys))
	}
	page := found
	page.KeyMarker, page.VersionIdMarker, page.MaxKeys = orEmpty(input.KeyMarker), orEmpty(input.VersionIdMarker), input.MaxKeys
	page.Versions, page.DeleteMarkers, page.CommonPrefixes = nil, nil, nil
	page.NextKeyMarker, page.NextVersionIdMarker, page.IsTruncated = nil, nil, aws.Bool(false)
	if limit > 0 && len(entries) > limit {
		last := entries[limit-1]
		page.IsTruncated, page.NextKeyMarker = aws.Bool(true), &last.key
		if last.prefix == nil {
			page.NextVersionIdMarker = &last.version
		}
	}
	for _, e := range entries[:min(limit, len(entries))] {
		switch {
		case e.object != nil:
			page.Versions = append(page.Versions, *e.object)
		case e.marker != nil:
			page.DeleteMarkers = append(page.DeleteMarkers, *e.marker)
		default:
			page.CommonPrefixes = append(page.CommonPrefixes, *e.prefix)
		}
	}
	encoding.versions(&page)
	return page, nil
}

func orEmpty(text *string) *string { return aws.String(aws.ToString(text)) }

// inOrder puts the entries of a listing in S3's order: by key, and the versions
// of a key from the newest to the oldest.
func inOrder(found s3response.ListVersionsResult) []entry {
	var entries []entry
	for i := range found.Versions {
		v := &found.Versions[i]
		entries = append(entries, entry{key: *v.Key, version: *v.VersionId, latest: *v.IsLatest, object: v})
	}
	for i := range found.DeleteMarkers {
		m := &found.DeleteMarkers[i]
		entries = append(entries, entry{key: *m.Key, version: *m.VersionId, latest: *m.IsLatest, marker: m})
	}
	for i := range found.CommonPrefixes {
		p := &found.CommonPrefixes[i]
		entries = append(entries, entry{key: *p.Prefix, prefix: p})
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		switch {
		case a.key != b.key:
			return cmp.Compare(a.key, b.key)
		case a.latest != b.latest && a.latest:
			return -1
		case a.latest != b.latest:
			return 1
		// The null version has no place in the order of the others' ids, so
		// it comes after them.
		case (a.version == nullVersion) != (b.version == nullVersion):
			if a.version == nullVersion {
				return 1
			}
			return -1
		}
		return cmp.Compare(b.version, a.version)
	})
	return entries
}

// after returns the entries behind the markers. Without a version the marker
// stands for all of its key's versions; a version that is gone, for those that
// were newer.
func after(entries []entry, key, version string) []entry {
	if key == "" {
		return entries
	}
	start := slices.IndexFunc(entries,
		func(e entry) bool { return e.key == key && e.version == version && e.prefix == nil })
	if version != "" && start >= 0 {
		return entries[start+1:]
	}
	return slices.DeleteFunc(entries, func(e entry) bool {
		if e.prefix != nil {
			return e.key <= key || strings.HasPrefix(key, e.key)
		}
		if e.key == key && version != "" && version != nullVersion {
			return e.version != nullVersion && e.version >= version
		}
		return e.key <= key
	})
}
