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

// Options say what to try and where.
type Options struct {
	// Rehearsal says what to deploy; exactly one stack.
	Rehearsal rehearse.Options
	// Command is the program with its arguments, or empty to serve until the
	// context ends.
	Command []string
	// Listen is the address of the recorder; AllowRemote lets it be one that
	// other machines reach.
	Listen      string
	AllowRemote bool
	// Timeout ends the program, 0 never does.
	Timeout time.Duration
	// Record takes each request as a line of JSON, or is nil.
	Record io.Writer
	// Environ is the user's environment, of which the program gets what has no
	// credentials. Stdin, Out and Err are the program's; Stdin may be nil.
	Environ  []string
	Stdin    *os.File
	Out, Err io.Writer
	// Serving is told, when there is no program, how to reach the bucket: lines
	// for a shell.
	Serving func(exports []string) error
}

// ErrRemote is returned for an address that other machines reach, if that isn't
// allowed.
var ErrRemote = errors.New("other machines can reach it")

// Check finds what is wrong with the options before anything is started.
func (o Options) Check() error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("listen on %q: must be ADDRESS:PORT, such as 127.0.0.1:9443: %w", o.Listen, err)
	}
	ip := net.ParseIP(host)
	switch {
	case ip == nil || ip.IsUnspecified():
		return fmt.Errorf("listen on %q: must be one IP address of this machine, such as 127.0.0.1", o.Listen)
	case !ip.IsLoopback() && !o.AllowRemote:
		return fmt.Errorf("listen on %s: %w", o.Listen, ErrRemote)
	case o.Timeout < 0:
		return fmt.Errorf("a timeout of %s: must be more than 0", o.Timeout)
	}
	return nil
}

// readWithin is how long it may take to read what was left in the bucket.
const readWithin = 2 * time.Minute

// Run deploys the stack, runs the program and reports. The error says that it
// couldn't be run; a program that fails is in the report.
func Run(ctx context.Context, o Options) (report judge.Report, err error) {
	if err := o.Check(); err != nil {
		return report, err
	}
	started := time.Now().UTC()
	err = rehearse.Deploy(ctx, o.Rehearsal, func(ctx context.Context, d rehearse.Deployed) error {
		var err error
		report, err = o.try(ctx, d)
		report.Stack, report.Started = d.Stack, started
		report.Changes, report.Gaps = d.Changes, d.Server.Gaps
		return err
	})
	return report, err
}

// try runs the program against a deployed stack.
func (o Options) try(ctx context.Context, d rehearse.Deployed) (report judge.Report, err error) {
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
	r, err := startRecorder(o.Listen, d.Server.Endpoint, d.Roots, func(one judge.Request) {
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
	// The context may have ended, which is how serving does.
	reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
	defer cancel()
	left, failed := survey.after(reading, before)
	if failed != nil {
		left.Problem = failed.Error()
	}
	report = j.Report(became, left)
	report.Handshakes = r.failedHandshakes()
	if unrecorded != nil {
		return report, fmt.Errorf("write the record: %w", unrecorded)
	}
	return report, nil
}

// use runs the program, or waits for the context's end.
func (o Options) use(ctx context.Context, d rehearse.Deployed, r *recorder) (*judge.Command, error) {
	e, err := newEnvironment(d, r, o.Environ)
	if err != nil {
		return nil, err
	}
	if len(o.Command) == 0 {
		if err := o.Serving(e.exports()); err != nil {
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

// serverEnded returns an error if the local server has ended: what was refused
// then was refused by nobody.
func serverEnded(d rehearse.Deployed) error {
	select {
	case <-d.Server.Ended():
		return errors.New("the local S3 server ended while the command ran: " + d.Server.LastWords())
	default:
		return nil
	}
}
