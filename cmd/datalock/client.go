package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"datalock/internal/client"
	verdict "datalock/internal/client/judge"
	"datalock/internal/jsiihost"
	"datalock/internal/project"
	"datalock/internal/rehearse"

	"github.com/spf13/cobra"
)

// clientOptions are the flags of client.
type clientOptions struct {
	stacks, command  []string
	listen           string
	remote           bool
	keep             string
	timeout          time.Duration
	record, markdown string
	serve, json      bool
}

func newClient(std streams) *cobra.Command {
	var o clientOptions
	cmd := &cobra.Command{
		Use:   "client [STACK] -- COMMAND [ARGUMENT...]",
		Short: "Test a program that writes into a locked bucket, on a local S3 server",
		Long: `Client deploys a bucket to a local S3 server, runs COMMAND against it and records
its requests. Then it reports what S3 refuses and why, what S3 accepts but the
bucket's owner may not want, what stays locked and until when, and what to change.
It needs no AWS account.

COMMAND's environment has AWS_ENDPOINT_URL, credentials, Region and certificates,
and DATALOCK_BUCKET, the bucket's name. It doesn't have your own AWS variables,
configuration files or credentials. In its arguments, {bucket} is replaced by the
bucket's name, {endpoint} and {host} by the endpoint with and without https://,
and {ca} by the certificate's file. The report is on stderr, and COMMAND's output
on stdout and stderr. With --json the report is on stdout and COMMAND's output on
stderr.

With --serve there is no COMMAND: client prints the variables as shell commands,
and the server runs until Ctrl-C. DATALOCK_CONTAINER_ARGS has the arguments of
podman run that pass them, with the certificates, to a container.

Exit codes:
  0  nothing was refused
  1  it couldn't run, COMMAND failed although nothing was refused, there was no
     request, or something couldn't be judged
  2  S3 refuses a request`,
		Example: `  go run ./cmd/datalock client -- ./load.sh
  go run ./cmd/datalock client ai-dataset -- aws s3 cp README.md s3://{bucket}/
  go run ./cmd/datalock client --serve`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.stacks = args
			if at := cmd.ArgsLenAtDash(); at >= 0 {
				o.stacks, o.command = args[:at], args[at:]
			}
			return runClient(cmd.Context(), o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "`address` and port of the server; port 0 is a free port")
	flags.BoolVar(&o.remote, "allow-remote", false, "allow an address in --listen that other machines can reach")
	flags.BoolVar(&o.serve, "serve", false, "run no command: print the environment and serve until Ctrl-C")
	flags.DurationVar(&o.timeout, "timeout", 0, "stop COMMAND after this `duration` (default: no limit)")
	flags.StringVar(&o.keep, "keep", "", "`folder` for the server's data, which is kept for the next run")
	flags.StringVar(&o.record, "record", "", "`file` to write every request to, as lines of JSON")
	flags.StringVar(&o.markdown, "markdown", "", "`file` to append the report to, as Markdown")
	flags.BoolVar(&o.json, "json", false, "print the report as JSON on stdout")
	return cmd
}

// check finds mistakes in the command line.
func (o clientOptions) check() error {
	switch {
	case len(o.stacks) > 1:
		return fmt.Errorf("one stack at a time; is %q the command? write it after --", strings.Join(o.stacks[1:], " "))
	case o.serve && len(o.command) > 0:
		return errors.New("--serve runs no command: leave out one of them")
	case o.serve && o.json:
		return errors.New("--serve prints the environment on standard output: leave out --json")
	case !o.serve && len(o.command) == 0:
		return errors.New(
			"no command: write it after --, as in: datalock client -- aws s3 cp FILE s3://{bucket}/; or pass --serve",
		)
	}
	return nil
}

func runClient(ctx context.Context, o clientOptions, std streams) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	if o.stacks, err = p.Stacks(o.stacks); err != nil {
		return err
	}
	cache, err := cacheFolder()
	if err != nil {
		return err
	}
	screen := newScreen(std.err)
	defer screen.end()
	options := client.Options{
		Rehearsal: rehearse.Options{
			Settings: p.Settings, Stacks: o.stacks, Project: ".", Cache: cache, Keep: o.keep, Quick: true,
			Synthesiser: rehearse.NewSynthesiser(std.err, p.Context), Progress: screen,
		},
		Command: o.command, Listen: o.listen, AllowRemote: o.remote, Timeout: o.timeout,
		Environ: os.Environ(), Out: std.out, Err: std.err,
	}
	options.Serving = func(exports []string, containers bool) error {
		return serving(exports, containers, options.Remote(), screen, std.out)
	}
	if o.json {
		options.Out = std.err
	}
	if !isTerminal(std.in) {
		options.Stdin = std.in
	}
	if err := options.Check(); err != nil {
		if errors.Is(err, client.ErrRemote) {
			err = fmt.Errorf("%w; pass --allow-remote to continue", err)
		}
		return err
	}
	if options.Remote() {
		screen.Note("warning: " + o.listen +
			" isn't a loopback address: whoever can reach it can send requests to the server")
	}
	files, err := o.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	options.Record = files.record
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	if err := jsiihost.CheckTemp(); err != nil {
		return err
	}
	report, err := client.Run(ctx, options)
	screen.end()
	if err != nil {
		return interrupted(ctx, err)
	}
	return o.deliver(report, files, screen, std)
}

// serving prints the environment and, if it has the arguments for one, how to
// give it to a container.
func serving(exports []string, containers, remote bool, screen *screen, out io.Writer) error {
	for _, line := range exports {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return fmt.Errorf("print the environment: %w", err)
		}
	}
	network := "--network host "
	if remote {
		network = ""
	}
	if containers {
		screen.Note("in a container: podman run " + network + "$DATALOCK_CONTAINER_ARGS IMAGE")
	}
	screen.Note("serving until Ctrl-C")
	return nil
}

// deliver writes the report.
func (o clientOptions) deliver(r verdict.Report, files clientFiles, screen *screen, std streams) error {
	headline, rest, _ := strings.Cut(strings.TrimRight(client.Text(r), "\n"), "\n")
	color := map[verdict.Verdict]string{verdict.Clean: green, verdict.Fails: red}[r.Verdict]
	screen.line("%s\n%s", screen.in(color, headline), rest)
	var failed error
	if files.markdown != nil {
		if _, err := io.WriteString(files.markdown, client.Markdown(r)); err != nil {
			failed = fmt.Errorf("write the report: %w", err)
		}
	}
	if o.json {
		failed = errors.Join(failed, printJSON(r, std))
	}
	switch r.Verdict {
	case verdict.Clean:
		return failed
	case verdict.Fails:
		return errors.Join(errFound, failed)
	}
	return errors.Join(errTold, failed)
}

// clientFiles are the files that client writes. It opens them before it starts
// anything.
type clientFiles struct {
	record   io.Writer
	markdown io.Writer
	opened   []*os.File
}

func (o clientOptions) open() (files clientFiles, err error) {
	open := func(name string, flag int, into *io.Writer) {
		if name == "" || err != nil {
			return
		}
		file, failed := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|flag, 0o600)
		if failed != nil {
			err = fmt.Errorf("write %s: %w", name, failed)
			return
		}
		*into, files.opened = file, append(files.opened, file)
	}
	open(o.record, os.O_TRUNC, &files.record)
	open(o.markdown, os.O_APPEND, &files.markdown)
	if err != nil {
		err = errors.Join(err, files.close())
	}
	return files, err
}

func (f clientFiles) close() error {
	var err error
	for _, file := range f.opened {
		err = errors.Join(err, file.Close())
	}
	return err
}
