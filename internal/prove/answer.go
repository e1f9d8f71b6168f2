package prove

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/smithy-go"
)

// An Answer is what the server said to one request of an attack.
type Answer struct {
	// Request is the S3 operation with what is special about it.
	Request string `json:"request"`
	// Status is the HTTP status, 0 where the connection was refused.
	Status int `json:"status"`
	// Code is S3's error code, empty for success.
	Code string `json:"code,omitempty"`
	// Message is what came with the code.
	Message string `json:"message,omitempty"`
}

// String returns the status and the code, as in "403 AccessDenied".
func (a Answer) String() string {
	switch {
	case a.Status == 0:
		return "no connection"
	case a.Code == "":
		return fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status))
	}
	return fmt.Sprintf("%d %s", a.Status, a.Code)
}

// An UnreachableError says that a request got no answer at all: the server is
// gone, or there is no way to it.
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

// statusKey is the context key under which the transport finds where to note
// the status of the last response.
type statusKey struct{}

// watch returns a context whose requests note their HTTP status in status.
func watch(ctx context.Context, status *int) context.Context {
	return context.WithValue(ctx, statusKey{}, status)
}

// transport notes the status of each response for watch.
type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(r)
	if status, ok := r.Context().Value(statusKey{}).(*int); ok {
		// The answer to an earlier try of the same request doesn't count.
		*status = 0
		if err == nil {
			*status = response.StatusCode
		}
	}
	return response, err
}

// call sends one request and describes its answer. The error is the server's
// refusal, or an [*UnreachableError].
func call(ctx context.Context, request string, send func(context.Context) error) (Answer, error) {
	answer := Answer{Request: request}
	err := send(watch(ctx, &answer.Status))
	if err == nil {
		return answer, nil
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		answer.Code, answer.Message = api.ErrorCode(), api.ErrorMessage()
	}
	if answer.Status == 0 {
		if ctx.Err() != nil {
			return answer, fmt.Errorf("%s: %w", request, ctx.Err())
		}
		return answer, &UnreachableError{request, err}
	}
	return answer, fmt.Errorf("%s: %w", request, err)
}
