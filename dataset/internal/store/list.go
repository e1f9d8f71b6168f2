package store

import (
	"context"
	"fmt"
	"iter"
	"time"

	"datalock/internal/s3list"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
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
		input := s3.ListObjectVersionsInput{Bucket: &s.Bucket, Prefix: &prefix}
		for page, err := range s3list.Versions(ctx, s.Client, input, s.ask()) {
			if err != nil {
				yield(Version{}, fmt.Errorf("list the versions of s3://%s/%s: %w", s.Bucket, prefix, err))
				return
			}
			for _, v := range page.Versions {
				if !yield(
					Version{
						aws.ToString(v.Key),
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
						aws.ToString(m.Key),
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
