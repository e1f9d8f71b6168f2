// Package s3get downloads objects over connections that break, from servers that may
// stop sending.
//
// The SDK waits for the rest of a body without end, and doesn't ask for the rest of one
// that broke. Here an attempt ends after [Stall] without data, and the body asks for
// the rest. It may take as long as data keeps arriving.
package s3get

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Stall is how long a server may send nothing, neither the answer nor more of its
// body. Only tests change it.
var Stall = 30 * time.Second

// Object opens an object. The options decide how often an attempt without an answer
// is repeated. The caller closes the body. An object without a version id may be
// replaced in the meantime, which ends the body with an error.
func Object(
	ctx context.Context, client *s3.Client, in *s3.GetObjectInput, options ...func(*s3.Options),
) (*s3.GetObjectOutput, error) {
	out, err := open(ctx, client, in, options)
	if err != nil {
		return nil, err
	}
	body := &resuming{ctx: ctx, client: client, in: *in, options: options, body: out.Body}
	if in.VersionId == nil {
		body.in.IfMatch = out.ETag
	}
	out.Body = body
	return out, nil
}

// open opens an object in one attempt that was answered.
func open(
	ctx context.Context, client *s3.Client, in *s3.GetObjectInput, options []func(*s3.Options),
) (*s3.GetObjectOutput, error) {
	d := &download{}
	out, err := client.GetObject(ctx, in, append(slices.Clone(options), d.add)...)
	if err != nil {
		return nil, err
	}
	d.ReadCloser, out.Body = out.Body, d
	return out, nil
}

// A download is the body of an answer. The time between two calls of Read doesn't
// count, in which the caller is busy and not the server.
type download struct {
	io.ReadCloser
	// attempt is the context of the last attempt, ended by silence.
	attempt context.Context
	end     context.CancelCauseFunc
	timer   *time.Timer
}

// errSilence is why an attempt ended.
var errSilence = errors.New("the server stopped sending")

// add adds the download to each attempt of a request.
func (d *download) add(o *s3.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(d, "Retry", middleware.After)
	})
}

// ID implements middleware.FinalizeMiddleware.
func (d *download) ID() string { return "datalockDownload" }

// HandleFinalize ends a hanging attempt, so that it is retried. The context of one
// that was answered lives as long as its body.
func (d *download) HandleFinalize(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	d.attempt, d.end = context.WithCancelCause(ctx)
	end := d.end
	d.timer = time.AfterFunc(Stall, func() { end(errSilence) })
	out, metadata, err := next.HandleFinalize(d.attempt, in)
	d.timer.Stop()
	if err != nil {
		if d.silent() {
			err = &smithyhttp.RequestSendError{Err: fmt.Errorf("no answer within %s", Stall)}
		}
		d.end(nil)
	}
	return out, metadata, err
}

func (d *download) silent() bool { return errors.Is(context.Cause(d.attempt), errSilence) }

// Read implements io.Reader.
func (d *download) Read(p []byte) (int, error) {
	d.timer.Reset(Stall)
	n, err := d.ReadCloser.Read(p)
	d.timer.Stop()
	if err != nil && !errors.Is(err, io.EOF) && d.silent() {
		err = fmt.Errorf("%w for %s", errSilence, Stall)
	}
	return n, err
}

// Close implements io.Closer.
func (d *download) Close() error {
	d.timer.Stop()
	defer d.end(nil)
	return d.ReadCloser.Close()
}
