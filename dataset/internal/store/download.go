package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Stall is how long a server may send nothing of an answer with a body before
// the attempt ends. Only tests change it.
var Stall = 30 * time.Second

// A download is an answer with a body: it may take as long as data keeps
// arriving. The time between two calls of Read doesn't count, in which the caller
// is busy and not the server.
type download struct {
	io.ReadCloser
	// attempt is the context of the last attempt, ended by silence.
	attempt context.Context
	end     context.CancelCauseFunc
	timer   *time.Timer
}

// errSilence is why an attempt ended.
var errSilence = errors.New("the server stopped sending")

// reading are the options of a request whose answer is the download.
func (s Store) reading(d *download) func(*s3.Options) {
	retrying := s.retrying(attempts, d)
	return func(o *s3.Options) {
		retrying(o)
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	}
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
