// Package interrupt lets a signal end a program's work in order: what was
// started is stopped and what was made is removed before the process exits.
package interrupt

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Signals are those that ask a program to end.
var signals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// An Error is the cause of a context that a signal ended.
type Error struct{ Signal syscall.Signal }

func (e *Error) Error() string { return "interrupted: " + e.Signal.String() }

// Context returns a context that ends with an [Error] as its cause at the first
// interrupt, request to terminate or hang-up. A second signal ends the process
// at once. A signal that the process was started to ignore, as under nohup,
// stays ignored. The caller calls stop.
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

// grace is how long a signal may come after the fault that it caused: Ctrl-C
// reaches all processes of a terminal, and the one that was asked for an answer
// may die before this one knows why.
const grace = 200 * time.Millisecond

// ExitCode returns 128 and the signal's number, as shells count, where a signal
// ended the context, and 0 where none did. It is for a run that failed: it
// waits a moment for the signal.
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
