package objectlock

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/s3response"
)

// pageOfUploads lists the unfinished uploads after the markers. versitygw leaves out
// all uploads of the key at a marker, and refuses the upload id that it returned with
// it: a key with more uploads than a page has can't be listed.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
func (b *Backend) pageOfUploads(
	ctx context.Context, input *s3.ListMultipartUploadsInput,
) (s3response.ListMultipartUploadsResult, error) {
	whole := *input
	whole.KeyMarker, whole.UploadIdMarker, whole.Delimiter = nil, nil, nil
	whole.MaxUploads = aws.Int32(math.MaxInt32)
	page, err := b.Backend.ListMultipartUploads(ctx, &whole)
	if err != nil {
		return page, err
	}
	all := page.Uploads
	page.Uploads, page.MaxUploads = nil, int(aws.ToInt32(input.MaxUploads))
	page.Delimiter, page.KeyMarker = aws.ToString(input.Delimiter), aws.ToString(input.KeyMarker)
	page.UploadIDMarker = aws.ToString(input.UploadIdMarker)
	for _, upload := range afterMarkers(all, page.KeyMarker, page.UploadIDMarker, page.Delimiter) {
		folder, inFolder := "", false
		if page.Delimiter != "" {
			rest := strings.TrimPrefix(upload.Key, page.Prefix)
			folder, _, inFolder = strings.Cut(rest, page.Delimiter)
			folder = page.Prefix + folder + page.Delimiter
		}
		n := len(page.CommonPrefixes)
		if inFolder && n > 0 && page.CommonPrefixes[n-1].Prefix == folder {
			continue
		}
		if len(page.Uploads)+n == page.MaxUploads {
			page.IsTruncated = page.MaxUploads > 0
			break
		}
		page.NextKeyMarker, page.NextUploadIDMarker = upload.Key, upload.UploadID
		if inFolder {
			page.NextKeyMarker, page.NextUploadIDMarker = folder, ""
			page.CommonPrefixes = append(page.CommonPrefixes, s3response.CommonPrefix{Prefix: folder})
			continue
		}
		page.Uploads = append(page.Uploads, upload)
	}
	if !page.IsTruncated {
		page.NextKeyMarker, page.NextUploadIDMarker = "", ""
	}
	return page, nil
}

// afterMarkers returns the uploads after the markers, of all uploads, which are sorted
// by key and then by their start. If the upload at the marker has ended, those of its
// key with a greater id follow.
func afterMarkers(all []s3response.Upload, key, id, delimiter string) []s3response.Upload {
	if key == "" {
		return all
	}
	at := slices.IndexFunc(all, func(u s3response.Upload) bool { return u.Key == key && u.UploadID == id })
	var after []s3response.Upload
	for i, u := range all {
		listed := delimiter != "" && strings.HasSuffix(key, delimiter) && strings.HasPrefix(u.Key, key)
		later := u.Key == key && id != "" && (at >= 0 && i > at || at < 0 && u.UploadID > id)
		if u.Key > key && !listed || later {
			after = append(after, u)
		}
	}
	return after
}
