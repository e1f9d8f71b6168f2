// Command server is the S3 server on which a rehearsal deploys: versitygw as a
// library, with S3's Object Lock and with room for the bucket configurations
// that versitygw lacks. It is no S3: README.md says what differs.
//
// It listens on loopback only. When it is ready it prints one line of JSON on
// standard output, with the endpoint, the keys of its accounts, and what
// it enforces, keeps or lacks; standard output holds nothing else.
//
// The data lies in a folder given with --dir, from which a later start goes on
// with everything kept, or in a temporary folder that goes with the server.
// SIGINT and SIGTERM stop it; with --stop-with-stdin so does the end of its
// standard input, so that it doesn't outlive a parent that was killed.
//
// Exit codes: 0 stopped as asked, 1 could not start or go on, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// options are what the command line says.
type options struct {
	addr, dir, region string
	tls               bool
	stopWithStdin     bool
}

var errUsage = errors.New("wrong usage")

func main() {
	opts, err := parseOptions(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(opts, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "server: %v\n", err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

func parseOptions(args []string, messages io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&opts.addr, "addr", "127.0.0.1:0", "loopback `address` to listen on; port 0 takes a free one")
	flags.StringVar(&opts.dir, "dir", "", "data `folder` to keep (default: a temporary folder that goes with the server)")
	flags.StringVar(&opts.region, "region", "us-east-1", "AWS `region` that the server is in")
	flags.BoolVar(&opts.tls, "tls", false, "serve https with a certificate made for this run")
	flags.BoolVar(&opts.stopWithStdin, "stop-with-stdin", false, "stop when standard input ends")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(messages, "usage: server [flags]")
			flags.SetOutput(messages)
			flags.PrintDefaults()
			return opts, err
		}
		return opts, fmt.Errorf("%w: %w: see --help", errUsage, err)
	}
	if flags.NArg() > 0 {
		return opts, fmt.Errorf("%w: unexpected argument %q", errUsage, flags.Arg(0))
	}
	if err := checkLoopback(opts.addr); err != nil {
		return opts, fmt.Errorf("%w: %w", errUsage, err)
	}
	return opts, nil
}

// checkLoopback refuses an address that another machine could reach.
func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("--addr %s is not a loopback address: use 127.0.0.1:PORT or [::1]:PORT", addr)
	}
	return nil
}

// run serves until it is told to stop.
func run(opts options, stdin io.Reader, stdout io.Writer) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if opts.stopWithStdin {
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel()
		}()
	}
	// versitygw prints on standard output, which is for the ready line alone.
	silenced, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("open the null device: %w", err)
	}
	os.Stdout = silenced

	data, err := openFolder(opts.dir)
	if err != nil {
		return err
	}
	err = serve(ctx, opts, data, stdout)
	return errors.Join(err, data.close())
}
