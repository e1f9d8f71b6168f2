package objectlock

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// An encoding is how a listing writes keys, prefixes and markers; empty if the
// request asks for none. versitygw doesn't pass it on.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
type encoding types.EncodingType

var errEncoding = s3err.APIError{
	Code: "InvalidArgument", Description: "Invalid Encoding Method specified in Request",
	HTTPStatusCode: http.StatusBadRequest,
}

// encodingOf returns the encoding that a request asks for.
func encodingOf(ctx context.Context) (encoding, error) {
	request, ok := ctx.Value(requestKey).(fiber.Ctx)
	if !ok {
		return "", nil
	}
	switch asked := request.Query("encoding-type"); asked {
	case "", string(types.EncodingTypeUrl):
		return encoding(asked), nil
	}
	return "", errEncoding
}

// likeS3 encodes as S3 and MinIO do: like a form, but with '/' and '*' as they
// are and '~' encoded.
var likeS3 = strings.NewReplacer("%2F", "/", "%2A", "*", "~", "%7E")

// text encodes a key.
func (e encoding) text(plain string) string {
	if e == "" {
		return plain
	}
	return likeS3.Replace(url.QueryEscape(plain))
}

// each encodes keys. It replaces the pointers, because other fields or the
// request may share the text.
func (e encoding) each(keys ...**string) {
	for _, key := range keys {
		if *key != nil {
			text := e.text(**key)
			*key = &text
		}
	}
}

func (e encoding) prefixes(all []types.CommonPrefix) {
	for i := range all {
		e.each(&all[i].Prefix)
	}
}

func (e encoding) versions(page *s3response.ListVersionsResult) {
	page.EncodingType = types.EncodingType(e)
	e.each(&page.Prefix, &page.Delimiter, &page.KeyMarker, &page.NextKeyMarker)
	e.prefixes(page.CommonPrefixes)
	for i := range page.Versions {
		e.each(&page.Versions[i].Key)
	}
	for i := range page.DeleteMarkers {
		e.each(&page.DeleteMarkers[i].Key)
	}
}

func (e encoding) objects(all []s3response.Object) {
	for i := range all {
		e.each(&all[i].Key)
	}
}

// ListMultipartUploads lists unfinished uploads.
func (b *Backend) ListMultipartUploads(
	ctx context.Context, input *s3.ListMultipartUploadsInput,
) (s3response.ListMultipartUploadsResult, error) {
	e, err := encodingOf(ctx)
	if err != nil {
		return s3response.ListMultipartUploadsResult{}, err
	}
	page, err := b.pageOfUploads(ctx, input)
	page.EncodingType = string(e)
	for _, key := range []*string{&page.Prefix, &page.Delimiter, &page.KeyMarker, &page.NextKeyMarker} {
		*key = e.text(*key)
	}
	for i := range page.Uploads {
		page.Uploads[i].Key = e.text(page.Uploads[i].Key)
	}
	for i := range page.CommonPrefixes {
		page.CommonPrefixes[i].Prefix = e.text(page.CommonPrefixes[i].Prefix)
	}
	return page, err
}
