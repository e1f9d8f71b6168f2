package prove

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// putForm writes to a key as a browser's form does: a POST with a signed
// policy.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
func (a *attempt) putForm(ctx context.Context, key string) (version, error) {
	if a.guards.Declares(WriteOnce) && !a.endpoint.OwnerExempt {
		return version{}, notHere("a write-once policy takes no form uploads")
	}
	body := a.body("the data, from a form")
	v := version{key: key, sum: sum(body), written: time.Now()}
	err := a.prepare(ctx, "PostObject", func(ctx context.Context, c *s3.Client) error {
		id, err := postForm(ctx, c, a.http, a.bucket, key, body)
		v.id = id
		return err
	})
	return v, err
}

func postForm(ctx context.Context, c *s3.Client, through *http.Client, bucket, key string, body []byte) (string, error) {
	signed, err := s3.NewPresignClient(c).PresignPostObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key},
		func(o *s3.PresignPostOptions) { o.Expires = 5 * time.Minute })
	if err != nil {
		return "", err
	}
	var form bytes.Buffer
	fields := multipart.NewWriter(&form)
	for name, value := range signed.Values {
		if err := fields.WriteField(name, value); err != nil {
			return "", err
		}
	}
	file, err := fields.CreateFormFile("file", "probe")
	if err != nil {
		return "", err
	}
	if _, err := file.Write(body); err != nil {
		return "", err
	}
	if err := fields.Close(); err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, signed.URL, &form)
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", fields.FormDataContentType())
	return do(through, request)
}

// do sends a request that the SDK has no call for and returns the version id
// of the answer; a refusal becomes an API error with S3's code.
func do(through *http.Client, request *http.Request) (string, error) {
	response, err := through.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusMultipleChoices {
		return "", refusalOf(response)
	}
	return response.Header.Get("X-Amz-Version-Id"), nil
}

// presign returns the URL with which anyone may delete a version for a while.
func (a *attempt) presignDelete(ctx context.Context, v version, valid time.Duration) (string, error) {
	signed, err := s3.NewPresignClient(a.by[Owner]).PresignDeleteObject(ctx,
		&s3.DeleteObjectInput{Bucket: &a.bucket, Key: &v.key, VersionId: v.idOrNil()},
		func(o *s3.PresignOptions) { o.Expires = valid })
	if err != nil {
		return "", fmt.Errorf("presign a delete: %w", err)
	}
	return signed.URL, nil
}

// presignGet returns the URL with which anyone may read a version.
func (a *attempt) presignGet(ctx context.Context, v version) (string, error) {
	signed, err := s3.NewPresignClient(a.by[Owner]).PresignGetObject(ctx,
		&s3.GetObjectInput{Bucket: &a.bucket, Key: aws.String(v.key), VersionId: v.idOrNil()})
	if err != nil {
		return "", fmt.Errorf("presign a read: %w", err)
	}
	return signed.URL, nil
}
