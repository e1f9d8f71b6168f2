// Package store sends the S3 requests that a dataset needs. It retries after
// errors of a busy server or a failing network, sends no more parallel requests
// than the server can handle, and never overwrites or deletes anything: each
// request that creates an object has If-None-Match: *.
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

// How long a request is retried. Backoffs of up to 10 s, on average half of
// that, bridge a network failure of a minute with a margin.
const (
	attempts       = 40
	longestBackoff = 10 * time.Second
	firstAttempts  = 4
)

// How long one attempt may take: time for the answer, plus time for the bytes
// at the slowest acceptable rate.
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

// options are the options of a request with size bytes and a number of attempts.
func (s Store) options(size int64, tries int) func(*s3.Options) {
	attempt := attemptTimeout(answerWithin + time.Duration(size/slowestRate)*time.Second)
	retrying := s.retrying(tries)
	return func(o *s3.Options) {
		retrying(o)
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Insert(attempt, "Retry", middleware.After)
		})
	}
}

// retrying are the options of a request with a number of attempts.
func (s Store) retrying(tries int) func(*s3.Options) {
	return func(o *s3.Options) {
		o.Retryer = patient{s.Limiter, retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts, r.MaxBackoff, r.RateLimiter = tries, longestBackoff, ratelimit.None
			r.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(spoilt)}, r.Retryables...)
		})}
		o.RetryMaxAttempts = 0
	}
}

// ask returns the options of a request without a body.
func (s Store) ask() func(*s3.Options) { return s.options(0, attempts) }

// patient tells the limiter when the server asks to slow down.
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

// Throttled reports whether the server asks to slow down.
func Throttled(err error) bool {
	switch Status(err) {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return true
	}
	return false
}

// conflict is the code of a conflict between conditional writes.
const conflict = "ConditionalRequestConflict"

// spoilt adds errors that the SDK doesn't retry: a conflict between conditional
// writes, and any broken connection.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func spoilt(err error) aws.Ternary {
	if errors.Is(err, context.Canceled) {
		return aws.FalseTernary
	}
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) || IsCode(err, conflict, "OperationAborted", "RequestTimeout") {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// attemptTimeout ends a hanging attempt, so that it is retried.
func attemptTimeout(within time.Duration) middleware.FinalizeMiddleware {
	return middleware.FinalizeMiddlewareFunc(
		"datalockAttemptTimeout",
		func(
			ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
		) (middleware.FinalizeOutput, middleware.Metadata, error) {
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

// IsCode reports whether the error is an S3 error with one of the codes.
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

// Expired reports whether the credentials have expired.
func Expired(err error) bool { return IsCode(err, "ExpiredToken") }

// said returns what S3 says about a HEAD request that it answered with 400. The answer
// to a HEAD has no body and so no code; that to another request says if the credentials
// have expired.
func (s Store) said(ctx context.Context, err error) error {
	if Status(err) != http.StatusBadRequest {
		return err
	}
	one := &s3.ListObjectsV2Input{Bucket: &s.Bucket, MaxKeys: aws.Int32(1)}
	if _, list := s.Client.ListObjectsV2(ctx, one, s.options(0, firstAttempts)); Expired(list) {
		return list
	}
	return err
}

// Denied reports whether access was denied. S3 also answers 403 if an object is in an
// archive and must be restored to be read.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html
func Denied(err error) bool {
	return Status(err) == http.StatusForbidden && !IsCode(err, "SignatureDoesNotMatch", "InvalidAccessKeyId",
		"RequestTimeTooSkewed", "ExpiredToken", "InvalidObjectState")
}

// NotFound reports whether the object or version doesn't exist.
func NotFound(err error) bool { return Status(err) == http.StatusNotFound }

// Answered reports whether S3 answered, even with an error.
func Answered(err error) bool { return Status(err) != 0 }

// Brief returns S3's error without the text that the SDK adds.
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
