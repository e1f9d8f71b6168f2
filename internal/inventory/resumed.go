package inventory

import (
	"context"
	"errors"
	"fmt"
	"io"

	"datalock/internal/s3get"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// mostBreaks is how often the connection may break in one file: a file has
// gigabytes.
const mostBreaks = 10

// resumed is a body that asks for the rest if the connection breaks or
// the server stops sending.
type resumed struct {
	ctx         context.Context
	client      *s3.Client
	bucket, key string
	etag        *string
	body        io.ReadCloser
	read        int64
	breaks      int
}

func (r *resumed) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.read += int64(n)
	if err == nil || errors.Is(err, io.EOF) || r.ctx.Err() != nil || r.breaks == mostBreaks {
		return n, err
	}
	r.breaks++
	_ = r.body.Close() // it is broken
	span := fmt.Sprintf("bytes=%d-", r.read)
	out, again := s3get.Object(r.ctx, r.client, &s3.GetObjectInput{
		Bucket: &r.bucket, Key: &r.key, Range: &span, IfMatch: r.etag,
	})
	if again != nil {
		return n, errors.Join(err, again)
	}
	r.body = out.Body
	return n, nil
}

func (r *resumed) Close() error { return r.body.Close() }
