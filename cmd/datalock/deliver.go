package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"datalock/dataset/signing"
	"datalock/internal/prove"
	"datalock/internal/report"

	"github.com/spf13/cobra"
)

// defaultReport is the default folder of the report.
const defaultReport = "datalock-report"

// reportOptions are the flags of the commands that write a report of trials.
type reportOptions struct {
	dir   string
	json  bool
	watch time.Duration
	key   string

	signer report.Signer
}

// addTo adds the flags.
func (o *reportOptions) addTo(cmd *cobra.Command, watch string) {
	flags := cmd.Flags()
	flags.StringVar(&o.dir, "report", defaultReport, "`folder` to write the report to")
	flags.BoolVar(&o.json, "json", false, "also print report.json on stdout")
	flags.StringVar(&o.key, "key", "", "private `key` to sign the result with: a PEM file, or awskms:///ARN")
	flags.DurationVar(&o.watch, "watch", watchUnset,
		"`duration` to wait after an attack before every version is read again ("+watch+")")
	flags.Lookup("watch").DefValue = "0s" // not shown
}

// watchUnset says that the flag wasn't given.
const watchUnset = -1

// defaultWatch is how long versions are watched on a remote server, which could
// delete them after confirming that it did not.
const defaultWatch = time.Minute

// check finds problems that would prevent the report, before anything is
// locked.
func (o *reportOptions) check(ctx context.Context) error {
	if o.key != "" {
		key, err := signing.Load(ctx, o.key)
		if err != nil {
			return fmt.Errorf("--key: %w", err)
		}
		if !key.CanSign() {
			return fmt.Errorf("--key %s: a public key can't sign; pass the private key", o.key)
		}
		o.signer = key
	}
	if o.watch < 0 && o.watch != watchUnset {
		return fmt.Errorf("--watch %s: must be 0 or more, such as 90s", o.watch)
	}
	return report.CanWrite(o.dir)
}

// watchOf returns how long to watch.
func (o *reportOptions) watchOf(unset time.Duration) time.Duration {
	if o.watch == watchUnset {
		return unset
	}
	return o.watch
}

// deliver writes the report and prints the result. aborted is the error that
// stopped the run; the report then covers only a part of it.
func (o *reportOptions) deliver(
	ctx context.Context, folder *report.Folder, r *report.Report, aborted error, screen *screen, std streams,
) error {
	if aborted != nil && len(r.Subjects) == 0 {
		folder.Discard()
		return aborted
	}
	files, failed := folder.Finish(context.WithoutCancel(ctx), r, o.signer)
	if o.json {
		text, err := report.JSON(r)
		if err == nil {
			_, err = std.out.Write(text)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("print the report: %w", err))
		}
	}
	color := map[prove.Status]string{prove.Held: green, prove.Breached: red}[r.Verdict]
	headline, rest, _ := strings.Cut(strings.TrimRight(report.Text(r), "\n"), "\n")
	screen.line("%s\n%s", screen.in(color, headline), rest)
	if len(files) > 0 {
		screen.line("report: %s", filepath.ToSlash(files[0]))
	}
	switch {
	case r.Verdict == prove.Breached:
		return errors.Join(errFound, failed)
	case aborted != nil:
		return errors.Join(aborted, failed)
	case r.Verdict != prove.Held:
		return errors.Join(errTold, failed)
	}
	return failed
}
