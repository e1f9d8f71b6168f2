package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// ask asks the user to type yes. Without a terminal it returns an error that
// suggests --yes.
func ask(ctx context.Context, question string, yes bool, std streams) error {
	if yes {
		return nil
	}
	if !isTerminal(std.in) {
		return errors.New("locked objects can't be deleted; pass --yes to continue")
	}
	return askFor(ctx, question+" [yes/no]", "yes", std)
}

// askAgain asks as [ask] does, after something was done. A no says that.
func askAgain(ctx context.Context, question, done string, yes bool, std streams) error {
	err := ask(ctx, question, yes, std)
	if errors.Is(err, errNotConfirmed) {
		return errors.New("not confirmed; " + done + "; run it again to continue")
	}
	return err
}

// errNotConfirmed is the answer no before anything is done.
var errNotConfirmed = errors.New("not confirmed; nothing was done")

// askFor waits for a text to be typed, or for the end of the context.
func askFor(ctx context.Context, question, want string, std streams) error {
	fmt.Fprintf(std.err, "%s ", question)
	answered := make(chan error, 1)
	go func() {
		answer, err := bufio.NewReader(std.in).ReadString('\n')
		switch {
		case err != nil:
			err = fmt.Errorf("read the answer: %w", err)
		case strings.TrimSpace(answer) != want:
			err = errNotConfirmed
		}
		answered <- err
	}()
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
		// The process ends, and the goroutine with it.
		fmt.Fprintln(std.err)
		return context.Cause(ctx)
	}
}

func isTerminal(file *os.File) bool {
	return isatty.IsTerminal(file.Fd())
}
