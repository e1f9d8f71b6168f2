package store

import (
	"context"
	"encoding/base64"
	"encoding/hex"

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

func base64Of(sum [32]byte) string { return base64.StdEncoding.EncodeToString(sum[:]) }
