package store

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A Version is a version, or a delete marker, in a listing.
type Version struct {
	Key, VersionID string
	Size           int64
	Modified       time.Time
	Newest, Marker bool
}

// Versions lists all versions and delete markers below a prefix.
func (s Store) Versions(ctx context.Context, prefix string) iter.Seq2[Version, error] {
	return func(yield func(Version, error) bool) {
		pages := s3.NewListObjectVersionsPaginator(
			s.Client,
			&s3.ListObjectVersionsInput{Bucket: &s.Bucket, Prefix: &prefix, EncodingType: types.EncodingTypeUrl},
		)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx, s.ask())
			if err != nil {
				yield(Version{}, fmt.Errorf("list the versions of s3://%s/%s: %w", s.Bucket, prefix, err))
				return
			}
			plain := decoder(page.EncodingType)
			for _, v := range page.Versions {
				if !yield(
					Version{
						plain(v.Key),
						aws.ToString(v.VersionId),
						aws.ToInt64(v.Size),
						aws.ToTime(v.LastModified),
						aws.ToBool(v.IsLatest),
						false,
					},
					nil,
				) {
					return
				}
			}
			for _, m := range page.DeleteMarkers {
				if !yield(
					Version{
						plain(m.Key),
						aws.ToString(m.VersionId),
						0,
						aws.ToTime(m.LastModified),
						aws.ToBool(m.IsLatest),
						true,
					},
					nil,
				) {
					return
				}
			}
		}
	}
}

// decoder reverses the encoding that a listing declares. A server may ignore
// the encoding that was requested.
func decoder(encoding types.EncodingType) func(*string) string {
	return func(key *string) string {
		text := aws.ToString(key)
		if encoding != types.EncodingTypeUrl {
			return text
		}
		if plain, err := url.QueryUnescape(text); err == nil {
			return plain
		}
		return text
	}
}
