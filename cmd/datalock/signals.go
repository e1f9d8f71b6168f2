package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"datalock/internal/cleanup"
	"datalock/internal/rehearse"
)

// errInterrupted ends a run at Ctrl-C or SIGTERM.
var errInterrupted = errors.New("interrupted")

// interrupted says that the user stopped the run, if that is why it failed, and
// which of its processes still run. It says that none does only if it could look.
func interrupted(ctx context.Context, err error) error {
	if !errors.Is(context.Cause(ctx), errInterrupted) {
		return err
	}
	if errors.Is(err, rehearse.ErrStillRunning) {
		return fmt.Errorf("%w; %w", errInterrupted, err)
	}
	left, err := leftRunning(endWithin)
	switch {
	case err != nil:
		return fmt.Errorf("%w; can't list the processes that still run: %w", errInterrupted, err)
	case len(left) > 0:
		return fmt.Errorf("%w; still running: %s", errInterrupted, strings.Join(left, ", "))
	}
	return fmt.Errorf("%w; nothing is still running", errInterrupted)
}

// endWithin is how long processes may take to end.
const endWithin = 3 * time.Second

// leftRunning returns the descendants of this process that still run after some
// time. It returns as soon as there are none.
func leftRunning(within time.Duration) ([]string, error) {
	for deadline := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		left, err := cleanup.Below()
		if err != nil {
			return nil, err
		}
		if len(left) > 0 && time.Now().Before(deadline) {
			continue
		}
		var names []string
		for _, p := range left {
			names = append(names, p.String())
		}
		return names, nil
	}
}

// untilInterrupted returns a context that ends at SIGINT, SIGHUP or SIGTERM. It
// replaces earlier handlers of these signals, so that the run can clean up before
// the process ends. A second signal ends the process at once. A signal that the
// process was started to ignore, as under nohup, stays ignored.
func untilInterrupted(ctx context.Context) (context.Context, func()) {
	ctx, stop := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	for _, one := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(one) {
			signal.Reset(one)
			signal.Notify(signals, one)
		}
	}
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
