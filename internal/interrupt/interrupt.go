// Package interrupt lets a signal end a program in an orderly way: what it
// started is stopped and what it created is removed before the process exits.
package interrupt

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signals are the signals that ask a program to exit.
var signals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// An Error is the cause of a context that was ended by a signal.
type Error struct{ Signal syscall.Signal }

func (e *Error) Error() string { return "interrupted: " + e.Signal.String() }

// Context returns a context that the first interrupt, termination request or
// hang-up ends, with an [Error] as its cause. A second signal ends the process
// at once. A signal that the process was started to ignore, as under nohup,
// stays ignored. The caller must call stop.
func Context(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	caught := make(chan os.Signal, 1)
	for _, one := range signals {
		if !signal.Ignored(one) {
			signal.Notify(caught, one)
		}
	}
	go func() {
		select {
		case one := <-caught:
			signal.Stop(caught)
			number, _ := one.(syscall.Signal)
			cancel(&Error{number})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(caught)
		cancel(nil)
	}
}

// grace is how long after a failure the signal that caused it may arrive:
// Ctrl-C reaches all processes of a terminal, and another process may die
// before this one receives it.
const grace = 200 * time.Millisecond

// ExitCode returns 128 plus the signal's number, as shells do, if a signal
// ended the context, and 0 if not. It is for a run that failed: it waits
// briefly for the signal.
func ExitCode(ctx context.Context) int {
	select {
	case <-ctx.Done():
	case <-time.After(grace):
	}
	if cause := (*Error)(nil); errors.As(context.Cause(ctx), &cause) {
		return 128 + int(cause.Signal)
	}
	return 0
}
