package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// errInterrupted ends a run at Ctrl-C or SIGTERM.
var errInterrupted = errors.New("interrupted; nothing was left running")

// untilInterrupted returns a context that ends at an interrupt, a hang-up or a request to
// terminate. It takes these signals over from whoever had them before, so that
// the run tidies up before the process ends; a second signal ends it at once.
func untilInterrupted(ctx context.Context) (context.Context, func()) {
	ctx, stop := context.WithCancelCause(ctx)
	signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		select {
		case <-signals:
			stop(errInterrupted)
			signal.Stop(signals)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		stop(nil)
	}
}
