package prove

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// putForm uploads to a key as a browser's form does: a POST with a signed
// policy.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
func (a *attempt) putForm(ctx context.Context, key string) (version, error) {
	if err := a.unlessGuarded(WriteOnce, "it blocks form uploads"); err != nil {
		return version{}, err
	}
	body := a.body("the data, from a form")
	v := a.begun(key, sum(body))
	err := a.prepare(ctx, "PostObject", func(ctx context.Context, c *s3.Client) error {
		id, err := a.postForm(ctx, c, key, body, nil)
		v.id = id
		return err
	})
	return v, err
}

// formLife is how long a form's policy is valid.
const formLife = 5 * time.Minute

// postForm posts a form with a policy that allows its fields.
func (a *attempt) postForm(
	ctx context.Context, c *s3.Client, key string, body []byte, more map[string]string,
) (string, error) {
	signed, err := s3.NewPresignClient(c).PresignPostObject(ctx, &s3.PutObjectInput{Bucket: &a.bucket, Key: &key},
		func(o *s3.PresignPostOptions) {
			o.Expires = formLife + a.clock.Ahead().Abs()
			for name, value := range more {
				o.Conditions = append(o.Conditions, map[string]string{name: value})
			}
		})
	if err != nil {
		return "", fmt.Errorf("sign a form: %w", err)
	}
	var form bytes.Buffer
	fields := multipart.NewWriter(&form)
	for _, values := range []map[string]string{signed.Values, more} {
		for name, value := range values {
			if err := fields.WriteField(name, value); err != nil {
				return "", err
			}
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
	return do(a.through(a.who(), 0), request)
}

// do sends a request that the SDK has no call for and returns the version id
// from the answer. A refusal becomes an API error with S3's code.
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
