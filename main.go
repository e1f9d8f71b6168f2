// Datalock declares immutable S3 buckets for AI datasets. It reads the
// settings in cdktf.json and synthesises one Terraform stack for each bucket.
//
// Exit codes: 0 synthesised, 1 could not run, 2 a mistake in the settings.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"datalock/internal/jsiihost"
	"datalock/internal/project"
	"datalock/internal/stack"
	"datalock/internal/tempdir"
	"datalock/settings"
	"datalock/slimcache"
)

func main() {
	stderr := os.Stderr
	err := run(stderr)
	tempdir.Remove()
	if err == nil {
		return
	}
	fmt.Fprintln(stderr, err)
	if mistake := (*project.SettingsError)(nil); errors.As(err, &mistake) {
		os.Exit(2)
	}
	os.Exit(1)
}

func run(stderr *os.File) error {
	host := jsiihost.Start(stderr)
	tempdir.OnSignal(host.Kill)
	defer host.Close()
	if len(os.Args) > 1 {
		return fmt.Errorf("the app takes no arguments, but was given %q; its settings are in %s", os.Args[1], project.File)
	}
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	slimcache.Use()
	if err := host.Ready(); err != nil {
		return err
	}
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
