package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"datalock/internal/cleanup"
	"datalock/internal/client/judge"
)

const (
	// graceful is how long a program may take to exit after it is told to.
	graceful = 3 * time.Second
	// settle is how long the program's child processes may take to exit after
	// it.
	settle = 500 * time.Millisecond
	// endWithin is the time limit for killing what is left.
	endWithin = 5 * time.Second
)

// A command is the program to run.
type command struct {
	arguments []string
	environ   []string
	stdin     *os.File
	out, err  io.Writer
	timeout   time.Duration
}

// run runs the program. It ends the program and its child processes if the
// context ends or the timeout expires. The error says why the program could not
// be started.
func (c command) run(ctx context.Context) (*judge.Command, error) {
	cmd := exec.Command(c.arguments[0], c.arguments[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = c.environ, c.out, c.err
	if c.stdin != nil {
		cmd.Stdin = c.stdin
	}
	// Processes that it leaves running may keep its output open.
	cmd.WaitDelay = graceful
	cleanup.Group(cmd)
	find, err := started(value(c.environ, cleanup.Variable))
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("run the command: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	became := &judge.Command{Program: filepath.Base(c.arguments[0])}
	limit := make(<-chan time.Time)
	if c.timeout > 0 {
		limit = time.After(c.timeout)
	}
	select {
	case <-ended:
	case <-limit:
		became.Ended = fmt.Sprintf("exceeded the timeout of %s and was stopped", c.timeout)
	case <-ctx.Done():
		became.Ended = "was interrupted"
	}
	if became.Ended != "" {
		end(cmd, ended)
	}
	became.Exit = cmd.ProcessState.ExitCode()
	if became.Ended == "" && became.Exit < 0 {
		became.Ended = "was stopped by a signal: " + cmd.ProcessState.String()
	}
	became.Seconds = time.Since(began).Seconds()
	became.Left, became.Unstopped, err = endRest(cmd, find)
	return became, err
}

// started returns a function that finds the processes that are started from now
// on: those with the mark, and those below this process, which lose the mark if
// they are started with an empty environment, as by sudo.
func started(mark string) (func() ([]cleanup.Process, error), error) {
	known := map[int]bool{}
	before, err := cleanup.Below()
	if err == nil {
		err = cleanup.Adopt()
	}
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	for _, p := range before {
		known[p.PID] = true
	}
	return func() ([]cleanup.Process, error) {
		found, err := cleanup.Running(mark)
		if err != nil {
			return nil, err
		}
		below, err := cleanup.Below()
		return append(found, slices.DeleteFunc(below, func(p cleanup.Process) bool {
			return known[p.PID] || slices.Contains(found, p)
		})...), err
	}, nil
}

// end tells a program and its process group to exit, and kills them if they
// don't.
func end(cmd *exec.Cmd, ended <-chan struct{}) {
	_ = cleanup.TerminateGroup(cmd)
	select {
	case <-ended:
	case <-time.After(graceful):
		_ = cleanup.KillGroup(cmd)
		<-ended
	}
}

// endRest ends the processes that a program left running, and returns the names
// of those that it stopped and of those that it couldn't stop.
func endRest(cmd *exec.Cmd, find func() ([]cleanup.Process, error)) (stopped, unstopped []string, err error) {
	var running []cleanup.Process
	for deadline := time.Now().Add(settle); ; time.Sleep(settle / 10) {
		running, err = find()
		if errors.Is(err, errors.ErrUnsupported) {
			_ = cleanup.KillGroup(cmd)
			return nil, nil, nil
		}
		if err != nil || len(running) == 0 {
			return nil, nil, err
		}
		if !time.Now().Before(deadline) {
			break
		}
	}
	_ = cleanup.KillGroup(cmd)
	left, err := cleanup.KillFound(find, 0, endWithin)
	for _, p := range running {
		if !slices.Contains(left, p) {
			stopped = append(stopped, p.Command)
		}
	}
	for _, p := range left {
		unstopped = append(unstopped, p.String())
	}
	return stopped, unstopped, err
}
