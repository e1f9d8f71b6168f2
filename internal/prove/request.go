package prove

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/smithy-go"
)

// A Purpose is the reason why a run sent a request.
type Purpose string

// The purposes.
const (
	// ToPrepare creates the target of a trial.
	ToPrepare Purpose = "prepare"
	// ToAttack is the attack itself.
	ToAttack Purpose = "attack"
	// ToRestore undoes an attack's change.
	ToRestore Purpose = "restore"
	// ToCheck reads the data after an attack.
	ToCheck Purpose = "check"
)

// A Request is one request of a trial and the server's answer. For an operation
// of several HTTP requests, such as a multipart upload, it is the last of them.
type Request struct {
	// Operation is the S3 operation, with a note on how it was called.
	Operation string  `json:"operation"`
	Purpose   Purpose `json:"purpose"`
	// Principal is who sent it.
	Principal Principal `json:"principal"`
	Method    string    `json:"method"`
	Bucket    string    `json:"bucket,omitempty"`
	Key       string    `json:"key,omitempty"`
	VersionID string    `json:"version_id,omitempty"`
	// Status is the HTTP status, 0 if there was no answer.
	Status int `json:"status"`
	// Code is S3's error code, empty for success.
	Code string `json:"code,omitempty"`
	// Message is the server's error message, or the network's error.
	Message string `json:"message,omitempty"`
	// ID is the server's x-amz-request-id.
	ID   string    `json:"request_id,omitempty"`
	Time time.Time `json:"time"`
	// Attempts is how often it was sent. It is sent again after 429, 5xx and
	// broken connections.
	Attempts int `json:"attempts"`
	// Refusal says that S3 refuses such a request.
	Refusal bool `json:"s3_refuses,omitempty"`

	// final says that a missing answer is a result: the trial is about how the
	// client connects.
	final bool
}

// Answer returns the status and the code, as in "403 AccessDenied".
func (r Request) Answer() string {
	text := "no answer"
	switch {
	case r.Status == 0:
	case r.Code == "":
		text = fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))
		if r.Status < http.StatusMultipleChoices && r.Message != "" {
			text += ", but: " + r.Message
		}
	default:
		text = fmt.Sprintf("%d %s", r.Status, r.Code)
	}
	if r.Attempts > 1 {
		text += fmt.Sprintf(" (%d attempts)", r.Attempts)
	}
	return text
}

// accepted reports whether the server confirmed the request.
func (r Request) accepted() bool {
	return r.Status >= http.StatusOK && r.Status < http.StatusMultipleChoices && r.Code == "" && r.Message == ""
}

// An UnreachableError means that a request got no answer: the server is down or
// can't be reached.
type UnreachableError struct {
	Request string
	Err     error
}

// Error names the request.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s: the server can't be reached: %v", e.Request, e.Err)
}

// Unwrap returns the network's error.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Requests are sent again after a temporary error of the server or the network.
// The pause doubles each time.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ErrorBestPractices.html
const (
	attempts   = 5
	firstPause = 150 * time.Millisecond
	// patience is the time after which a request is no longer sent again.
	patience = 20 * time.Second
)

// call sends one request, retries it after temporary errors, and describes its
// last answer. The error is the server's refusal, or an [*UnreachableError].
func call(ctx context.Context, operation string, send func(context.Context) error) (Request, error) {
	request := Request{Operation: operation, Purpose: purposeOf(ctx)}
	var err error
	began := time.Now()
	for pause := firstPause; request.Attempts < attempts; pause *= 2 {
		if request.Attempts > 0 && (time.Since(began) > patience || sleep(ctx, pause) != nil) {
			break
		}
		request.Attempts++
		request.Time = time.Now().UTC()
		var x exchange
		err = redact(send(context.WithValue(ctx, exchangeKey{}, &x)))
		if x.copied && ctx.Err() == nil {
			err = errCopied
		}
		request.take(x, err)
		if !request.temporary(err) || ctx.Err() != nil {
			break
		}
	}
	record(ctx, request)
	switch {
	case err == nil:
		return request, nil
	case ctx.Err() != nil:
		return request, fmt.Errorf("%s: %w", operation, ctx.Err())
	case request.Status == 0:
		return request, &UnreachableError{operation, err}
	case isAPIError(err):
		return request, fmt.Errorf("%s: %w", operation, err)
	}
	return request, fmt.Errorf("%s: %w", operation, brokenOff{err})
}

// brokenOff wraps the error that cut off an answer. It hides a deadline error:
// the deadline was the request's, not the run's.
type brokenOff struct{ cause error }

func (b brokenOff) Error() string { return b.cause.Error() }

// errCopied is the error for an answer that belongs to an earlier request.
var errCopied = errors.New("its x-amz-request-id is that of an earlier answer, so it is a copy")

// take records the result of one attempt.
func (r *Request) take(x exchange, err error) {
	r.Principal, r.Method, r.Bucket, r.Key, r.VersionID = x.who, x.method, x.bucket, x.key, x.version
	r.Status, r.ID, r.Code, r.Message = x.status, x.id, "", ""
	if api := smithy.APIError(nil); errors.As(err, &api) {
		r.Code, r.Message = clean(api.ErrorCode()), clean(api.ErrorMessage())
		// Without an error document the SDK derives a code from the status.
		word := http.StatusText(r.Status)
		if r.Method != http.MethodHead && r.Message == word && r.Code == strings.ReplaceAll(word, " ", "") {
			r.Code = ""
		}
	} else if err != nil {
		r.Message = clean(err.Error())
	}
}

// purposeKey and recorderKey store in a context why requests are sent and where
// they are recorded.
type (
	purposeKey  struct{}
	recorderKey struct{}
)

func to(ctx context.Context, p Purpose) context.Context {
	return context.WithValue(ctx, purposeKey{}, p)
}

func purposeOf(ctx context.Context) Purpose {
	if p, ok := ctx.Value(purposeKey{}).(Purpose); ok {
		return p
	}
	return ToPrepare
}

// record adds a request to the trial in the context.
func record(ctx context.Context, r Request) {
	if a, ok := ctx.Value(recorderKey{}).(*attempt); ok {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.requests = append(a.requests, r)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
