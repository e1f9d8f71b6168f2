// Package store makes the S3 requests that a dataset needs. It retries what a
// busy or failing network can spoil, sends no more at a time than the server
// takes, and never overwrites or deletes anything: each request that creates
// an object has If-None-Match: *.
package store

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// How long a request is tried. Backoffs of 10 s at most, on average half of
// that, bridge a network that is gone for a minute with a margin.
const (
	attempts       = 40
	longestBackoff = 10 * time.Second
	firstAttempts  = 4
)

// How long one attempt may take: some time for the answer, and some for the
// bytes at the slowest rate that is still waited for.
const (
	answerWithin = 30 * time.Second
	slowestRate  = 50 << 10
)

// A Store is one bucket.
type Store struct {
	Client  *s3.Client
	Bucket  string
	Limiter *Limiter
}

// options are those of one request of size bytes; seconds counts for tries.
func (s Store) options(size int64, tries int) func(*s3.Options) {
	within := answerWithin + time.Duration(size/slowestRate)*time.Second
	return func(o *s3.Options) {
		o.Retryer = patient{s.Limiter, retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts, r.MaxBackoff, r.RateLimiter = tries, longestBackoff, ratelimit.None
			r.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(spoilt)}, r.Retryables...)
		})}
		o.RetryMaxAttempts = 0
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Insert(attemptTimeout(within), "Retry", middleware.After)
		})
	}
}

// ask are the options of a request without a body.
func (s Store) ask() func(*s3.Options) { return s.options(0, attempts) }

// patient tells the limiter when the server asks for less.
type patient struct {
	limiter *Limiter
	*retry.Standard
}

func (p patient) IsErrorRetryable(err error) bool {
	if p.limiter != nil && Throttled(err) {
		p.limiter.Slower()
	}
	return p.Standard.IsErrorRetryable(err)
}

// Throttled says that the server asks for fewer requests.
func Throttled(err error) bool {
	switch Status(err) {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return true
	}
	return false
}

// spoilt adds what the SDK doesn't retry: a conditional write that met another
// one, and any connection that broke.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func spoilt(err error) aws.Ternary {
	if errors.Is(err, context.Canceled) {
		return aws.FalseTernary
	}
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) || IsCode(err, "ConditionalRequestConflict", "OperationAborted", "RequestTimeout") {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// attemptTimeout ends an attempt that hangs, so that it is retried.
func attemptTimeout(within time.Duration) middleware.FinalizeMiddleware {
	return middleware.FinalizeMiddlewareFunc(
		"datalockAttemptTimeout",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			attempt, cancel := context.WithTimeout(ctx, within)
			defer cancel()
			out, metadata, err := next.HandleFinalize(attempt, in)
			if err != nil && attempt.Err() != nil && ctx.Err() == nil {
				err = &smithyhttp.RequestSendError{Err: errors.New("no answer within " + within.String())}
			}
			return out, metadata, err
		},
	)
}

// Status returns the HTTP status of an error, or 0.
func Status(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// IsCode says whether the error is S3's error of one of the codes.
func IsCode(err error, codes ...string) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, code := range codes {
		if api.ErrorCode() == code {
			return true
		}
	}
	return false
}

// Denied says that the caller isn't allowed to ask.
func Denied(err error) bool {
	return Status(err) == http.StatusForbidden &&
		!IsCode(err, "SignatureDoesNotMatch", "InvalidAccessKeyId", "RequestTimeTooSkewed", "ExpiredToken")
}

// NotFound says that there is no such thing.
func NotFound(err error) bool { return Status(err) == http.StatusNotFound }

// Answered says that S3 answered, if only with an error.
func Answered(err error) bool { return Status(err) != 0 }

// Brief is an error as S3 answered it, without the SDK's surroundings.
func Brief(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		text := api.ErrorCode()
		if message := api.ErrorMessage(); message != "" && message != text {
			text += ": " + message
		}
		return text
	}
	var operation *smithy.OperationError
	if errors.As(err, &operation) {
		err = operation.Err
	}
	return strings.TrimPrefix(err.Error(), "https response error StatusCode: 0, RequestID: , HostID: , ")
}
