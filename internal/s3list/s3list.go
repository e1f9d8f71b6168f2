// Package s3list lists the versions and the unfinished uploads of a bucket,
// page by page, with any key that S3 can hold.
//
// XML can't hold some characters of keys, so it asks for encoded keys. S3 then
// also encodes the marker of the next page, which the SDK's paginators send
// back without decoding it: the next page begins at another key, or the listing
// never ends. Here pages come out decoded, and a listing that doesn't advance is
// an error.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
package s3list

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Versions lists the pages of versions and delete markers, with decoded keys.
// It ends after an error.
func Versions(
	ctx context.Context, client *s3.Client, input s3.ListObjectVersionsInput, options ...func(*s3.Options),
) iter.Seq2[*s3.ListObjectVersionsOutput, error] {
	input.EncodingType = types.EncodingTypeUrl
	return pages(func(at marker) (*s3.ListObjectVersionsOutput, marker, error) {
		if at.key != "" {
			input.KeyMarker, input.VersionIdMarker = &at.key, optional(at.id)
		}
		page, err := client.ListObjectVersions(ctx, &input, options...)
		if err != nil {
			return nil, marker{}, err
		}
		d := decoder{encoding: page.EncodingType}
		for i := range page.Versions {
			d.decode(page.Versions[i].Key)
		}
		for i := range page.DeleteMarkers {
			d.decode(page.DeleteMarkers[i].Key)
		}
		for i := range page.CommonPrefixes {
			d.decode(page.CommonPrefixes[i].Prefix)
		}
		d.decode(page.NextKeyMarker)
		return page, next(page.IsTruncated, page.NextKeyMarker, page.NextVersionIdMarker), d.err
	})
}

// Uploads lists the pages of unfinished uploads, with decoded keys. It ends
// after an error.
func Uploads(
	ctx context.Context, client *s3.Client, input s3.ListMultipartUploadsInput, options ...func(*s3.Options),
) iter.Seq2[*s3.ListMultipartUploadsOutput, error] {
	input.EncodingType = types.EncodingTypeUrl
	return pages(func(at marker) (*s3.ListMultipartUploadsOutput, marker, error) {
		if at.key != "" {
			input.KeyMarker, input.UploadIdMarker = &at.key, optional(at.id)
		}
		page, err := client.ListMultipartUploads(ctx, &input, options...)
		if err != nil {
			return nil, marker{}, err
		}
		d := decoder{encoding: page.EncodingType}
		for i := range page.Uploads {
			d.decode(page.Uploads[i].Key)
		}
		for i := range page.CommonPrefixes {
			d.decode(page.CommonPrefixes[i].Prefix)
		}
		d.decode(page.NextKeyMarker)
		return page, next(page.IsTruncated, page.NextKeyMarker, page.NextUploadIdMarker), d.err
	})
}

// A marker is where a page begins: after this version or upload of this key.
type marker struct {
	key, id string
	// more says that there is a page at the marker.
	more bool
}

func next(truncated *bool, key, id *string) marker {
	return marker{aws.ToString(key), aws.ToString(id), aws.ToBool(truncated)}
}

// pages gets pages until the last one.
func pages[P any](get func(marker) (P, marker, error)) iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		var at marker
		for {
			page, then, err := get(at)
			if err == nil && then.more && !then.after(at) {
				err = fmt.Errorf("the listing doesn't advance: after %q the server continues at %q", at.key, then.key)
			}
			if !yield(page, err) || err != nil || !then.more {
				return
			}
			at = then
		}
	}
}

// after reports whether a marker is behind another. Keys are listed in the order
// of their bytes; the ids of a key's versions have no order.
func (m marker) after(other marker) bool {
	return m.key > other.key || m.key != "" && m.key == other.key && m.id != other.id
}

// A decoder reverses the encoding that a page declares: a server may ignore the
// encoding that was requested.
type decoder struct {
	encoding types.EncodingType
	err      error
}

func (d *decoder) decode(key *string) {
	if d.encoding != types.EncodingTypeUrl || key == nil {
		return
	}
	plain, err := url.QueryUnescape(*key)
	if err != nil {
		d.err = errors.Join(d.err, fmt.Errorf("the server says that the key %q is URL-encoded, but it isn't", *key))
		return
	}
	*key = plain
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
