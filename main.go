// Datalock declares immutable S3 buckets for AI datasets. It reads the settings
// in cdktf.json and synthesizes one Terraform stack for each bucket.
//
// docs/exit-codes.md lists the exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"datalock/internal/interrupt"
	"datalock/internal/jsiihost"
	"datalock/internal/project"
	"datalock/internal/stack"
	"datalock/settings"
)

func main() {
	os.Exit(run(os.Stderr))
}

// run returns the exit code.
func run(stderr *os.File) int {
	ctx, stop := interrupt.Context(context.Background())
	defer stop()
	err := synth(ctx, stderr)
	if err == nil {
		return 0
	}
	if mistake := (*project.SettingsError)(nil); errors.As(err, &mistake) {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if code := interrupt.ExitCode(ctx); code != 0 {
		return code
	}
	fmt.Fprintln(stderr, err)
	return 1
}

func synth(ctx context.Context, stderr *os.File) error {
	if len(os.Args) > 1 {
		return fmt.Errorf("the app takes no arguments, but was given %q; its settings are in %s", os.Args[1], project.File)
	}
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	host, err := jsiihost.Start(ctx, stderr, "")
	if err != nil {
		return err
	}
	defer host.Close()
	err = stack.Synth(p.Settings, p.Context, p.Outdir)
	if mistakes := (settings.Mistakes)(nil); errors.As(err, &mistakes) {
		return &project.SettingsError{Source: project.File, Err: mistakes}
	}
	if err != nil {
		return err
	}
	out := stderr
	if p.UnderCLI {
		// cdktf's command line marks all of standard error as errors.
		out = os.Stdout
	}
	return project.WriteSummary(out, p, time.Now())
}
