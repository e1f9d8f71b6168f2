package prove

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// restoreFor is the time limit for undoing a change, also after an interrupt.
const restoreFor = 20 * time.Second

// readsAgain is how often a restored setting is read again, a second apart, while
// it differs.
const readsAgain = 5

// A setting of the bucket is what some attacks change and have to put back.
type setting struct {
	// name says what it is.
	name string
	// put puts it back as it was before the attack.
	put func(context.Context, *s3.Client) error
	// differs reads it and says how it differs from before, or "". The error is an
	// [*UnreachableError] or the context's.
	differs func(context.Context) (string, error)
}

// change sends the request with which an attack changes a setting, and calls then
// with the answer. It puts the setting back whatever happens meanwhile, unless
// the server refused the request: one without an answer may have been carried
// out.
func (a *attempt) change(
	ctx context.Context, operation string, send func(context.Context, *s3.Client) error, s setting,
	then func(context.Context, Request) error,
) (err error) {
	request, err := a.tryRequest(ctx, operation, send)
	if request.refused() {
		return then(ctx, request)
	}
	defer func() {
		if failed := a.putBack(ctx, s, request.accepted()); failed != nil {
			err = failed
		}
	}()
	if err != nil {
		return err
	}
	return then(ctx, request)
}

// refused reports whether the server certainly did not carry out the request: it
// refused it the first time that it was sent.
func (r Request) refused() bool {
	return r.Attempts == 1 && r.Code != "" && r.Status >= http.StatusBadRequest &&
		r.Status < http.StatusInternalServerError && !r.temporary(errTemporary)
}

// putBack restores a setting and reads it. The error wraps errNotRestored.
func (a *attempt) putBack(ctx context.Context, s setting, changed bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreFor)
	defer cancel()
	failed := a.prepareAs(to(ctx, ToRestore), Owner, s.name+" as before", s.put)
	differs, err := s.differs(to(ctx, ToCheck))
	// AWS may show a new configuration only a little later.
	for range readsAgain {
		if failed != nil || err != nil || differs == "" || sleep(ctx, time.Second) != nil {
			break
		}
		differs, err = s.differs(to(ctx, ToCheck))
	}
	switch {
	case err != nil:
		differs = "it can't be read: " + err.Error()
	case failed != nil && (changed || differs != ""):
		differs = failed.Error()
	}
	if differs == "" {
		return nil
	}
	a.ledger.leave(s.name + ": " + clean(differs))
	return fmt.Errorf("%w: %s: %s", errNotRestored, s.name, clean(differs))
}
