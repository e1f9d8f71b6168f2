package s3get

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// mostBreaks is how often in a row a body may break without a new byte.
const mostBreaks = 5

// pause is the time before the first attempt to go on. It doubles each time.
var pause = 200 * time.Millisecond

// resuming is a body that asks for the rest if it breaks.
type resuming struct {
	ctx     context.Context
	client  *s3.Client
	in      s3.GetObjectInput
	options []func(*s3.Options)
	body    io.ReadCloser
	at      int64
	breaks  int
}

// Read implements io.Reader.
func (r *resuming) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if n > 0 {
		r.at, r.breaks = r.at+int64(n), 0
	}
	if err == nil || errors.Is(err, io.EOF) || r.ctx.Err() != nil {
		return n, err
	}
	for r.breaks < mostBreaks {
		r.breaks++
		again := r.resume()
		if again == nil {
			return n, nil
		}
		// A server under repair may briefly not find the object.
		if !notFound(again) || r.ctx.Err() != nil || r.breaks == mostBreaks {
			return n, fmt.Errorf("%w, and then: %w", err, again)
		}
	}
	return n, err
}

func notFound(err error) bool {
	var response interface{ HTTPStatusCode() int }
	return errors.As(err, &response) && response.HTTPStatusCode() == http.StatusNotFound
}

// resume opens the rest.
func (r *resuming) resume() error {
	_ = r.body.Close() // it is broken
	select {
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	case <-time.After(pause << (r.breaks - 1)):
	}
	r.in.Range = aws.String(fmt.Sprintf("bytes=%d-", r.at))
	out, err := open(r.ctx, r.client, &r.in, r.options)
	if err != nil {
		return err
	}
	r.body = out.Body
	if from := aws.ToString(out.ContentRange); !strings.HasPrefix(from, fmt.Sprintf("bytes %d-", r.at)) {
		return fmt.Errorf("the server was asked for the rest from byte %d, and answered with the range %q", r.at, from)
	}
	return nil
}

// Close implements io.Closer.
func (r *resuming) Close() error { return r.body.Close() }
