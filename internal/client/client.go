package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"datalock/internal/cleanup"
	"datalock/internal/client/judge"
	"datalock/internal/rehearse"
)

// Options say what to run and where.
type Options struct {
	// Rehearsal says what to deploy: exactly one stack.
	Rehearsal rehearse.Options
	// Command is the program with its arguments, or empty to serve until the
	// context ends.
	Command []string
	// Listen is the address of the recorder. AllowRemote permits an address
	// that other machines can reach.
	Listen      string
	AllowRemote bool
	// Timeout limits the program's run time; 0 means no limit.
	Timeout time.Duration
	// Record receives each request as a line of JSON; it may be nil.
	Record io.Writer
	// Environ is the user's environment; the program gets the variables without
	// credentials. Stdin, Out and Err are the program's; Stdin may be nil.
	Environ  []string
	Stdin    *os.File
	Out, Err io.Writer
	// Serving receives, if there is no program, the shell lines that export how
	// to reach the bucket, and whether they have arguments for a container.
	Serving func(exports []string, containers bool) error
}

// ErrRemote is returned for an address that other machines can reach, unless
// that is allowed.
var ErrRemote = errors.New("other machines can reach it")

// Check validates the options before anything is started.
func (o Options) Check() error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("listen on %q: must be ADDRESS:PORT, such as 127.0.0.1:9443: %w", o.Listen, err)
	}
	ip := net.ParseIP(host)
	switch {
	case ip == nil || ip.IsUnspecified():
		return fmt.Errorf("listen on %q: must be one IP address of this machine, such as 127.0.0.1", o.Listen)
	case o.Remote() && !o.AllowRemote:
		return fmt.Errorf("listen on %s: %w", o.Listen, ErrRemote)
	case o.Timeout < 0:
		return fmt.Errorf("a timeout of %s: must be more than 0", o.Timeout)
	}
	return nil
}

// Remote reports whether other machines can reach the address to listen on.
func (o Options) Remote() bool {
	host, _, _ := net.SplitHostPort(o.Listen)
	return !net.ParseIP(host).IsLoopback()
}

// readWithin is the time limit for reading what is left in the bucket.
const readWithin = 2 * time.Minute

// Run deploys the stack, runs the program and reports. The error says why the
// program could not be run; a program that fails is in the report.
func Run(ctx context.Context, o Options) (report judge.Report, err error) {
	if err := o.Check(); err != nil {
		return report, err
	}
	// Before the deploy, which takes longer than finding out that it can't.
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return report, fmt.Errorf("listen for the program: %w", err)
	}
	defer func() { _ = listener.Close() }()
	started := time.Now().UTC()
	err = rehearse.Deploy(ctx, o.Rehearsal, func(ctx context.Context, d rehearse.Deployed) error {
		var err error
		report, err = o.try(ctx, d, listener)
		report.Stack, report.Started = d.Stack, started
		report.Changes, report.Gaps = d.Changes, d.Server.Gaps
		return err
	})
	return report, err
}

// try runs the program against a deployed stack.
func (o Options) try(ctx context.Context, d rehearse.Deployed, at net.Listener) (report judge.Report, err error) {
	statements, err := d.Statements(ctx)
	if err != nil {
		return report, err
	}
	survey := surveyor{d.Owner(), d.Bucket}
	before, err := survey.before(ctx)
	if err != nil {
		return report, err
	}
	j := judge.New(judge.Bucket{
		Name: d.Bucket, Guards: rehearse.GuardsOf(d.Declared), Statements: statements,
		Retention: d.Declared.Retention, KeyARN: d.Declared.Encryption.KeyARN,
	})
	var unrecorded error
	r, err := startRecorder(at, d.Server.Endpoint, d.Roots, func(one judge.Request) {
		j.Add(one)
		if o.Record != nil && unrecorded == nil {
			unrecorded = json.NewEncoder(o.Record).Encode(one)
		}
	})
	if err != nil {
		return report, err
	}
	became, err := o.use(ctx, d, r)
	r.stop()
	if err != nil {
		return report, err
	}
	if err := serverEnded(d); err != nil {
		return report, err
	}
	// The context may have ended: that is how serving stops.
	reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
	defer cancel()
	left, failed := survey.after(reading, before)
	if failed != nil {
		left.Problem = failed.Error()
	}
	report = j.Report(became, left, r.failedHandshakes()...)
	if unrecorded != nil {
		return report, fmt.Errorf("write the record: %w", unrecorded)
	}
	return report, nil
}

// use runs the program, or waits until the context ends.
func (o Options) use(ctx context.Context, d rehearse.Deployed, r *recorder) (*judge.Command, error) {
	e, err := newEnvironment(d, r, o.Environ)
	if err != nil {
		return nil, err
	}
	mistake := e.unmountable()
	if mistake != nil {
		o.Rehearsal.Progress.Note(mistake.Error())
	}
	if len(o.Command) == 0 {
		if err := o.Serving(e.exports(), mistake == nil); err != nil {
			return nil, err
		}
		<-ctx.Done()
		return nil, nil
	}
	arguments := make([]string, 0, len(o.Command))
	for _, argument := range o.Command {
		arguments = append(arguments, e.replace(argument))
	}
	o.Rehearsal.Progress.Note("the command runs against " + r.endpoint + ", bucket " + d.Bucket)
	c := command{
		arguments: arguments,
		environ:   e.of(append(o.Environ, cleanup.Variable+"="+os.Getenv(cleanup.Variable))),
		stdin:     o.Stdin,
		out:       o.Out,
		err:       o.Err,
		timeout:   o.Timeout,
	}
	return c.run(ctx)
}

// serverEnded returns an error if the local server has ended: errors after that
// are not refusals.
func serverEnded(d rehearse.Deployed) error {
	select {
	case <-d.Server.Ended():
		return errors.New("the local S3 server ended while the command ran: " + d.Server.LastWords())
	default:
		return nil
	}
}
