package store

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
)

// payloadHash signs the known hash of the body, so that the SDK doesn't hash
// the body again on plain HTTP.
func payloadHash(sum [32]byte) func(*s3.Options) {
	return func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc(
				"datalockPayloadHash",
				func(
					ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
				) (middleware.InitializeOutput, middleware.Metadata, error) {
					return next.HandleInitialize(v4.SetPayloadHash(ctx, hex.EncodeToString(sum[:])), in)
				},
			), middleware.Before)
		})
	}
}

// reading are the options of a download: the answer must arrive in time, but
// the body may take as long as data keeps arriving.
func (s Store) reading() func(*s3.Options) {
	ask := s.options(0, attempts)
	return func(o *s3.Options) {
		before := len(o.APIOptions)
		ask(o)
		o.APIOptions = o.APIOptions[:before]
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	}
}

func base64Of(sum [32]byte) string { return base64.StdEncoding.EncodeToString(sum[:]) }

// stall is how long a download may go without data.
const stall = 30 * time.Second

// Watch returns a context that ends when nothing was reported for a while, a
// function that reports, and one that stops watching.
func Watch(ctx context.Context) (context.Context, func(), func()) {
	watched, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(stall, cancel)
	return watched, func() { timer.Reset(stall) }, func() { timer.Stop(); cancel() }
}
