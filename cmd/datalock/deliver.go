package main

import (
	"bytes"
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

// defaultReport is the folder of the report if none is named.
const defaultReport = "datalock-report"

// reportOptions are the command line of verbs that write a report of trials.
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
	flags.BoolVar(&o.json, "json", false, "print report.json on standard output too")
	flags.StringVar(&o.key, "key", "", "`key` to sign the outcome with: a PEM file, or awskms:///ARN")
	flags.DurationVar(&o.watch, "watch", watchUnset, "`duration` after the last attack to read every version again ("+watch+")")
}

// watchUnset says that the flag wasn't given.
const watchUnset = -1

// defaultWatch is how long versions are watched on a server of others: one may
// confirm a delete and make it later.
const defaultWatch = time.Minute

// check finds what would keep the report from being written, before anything
// is locked.
func (o *reportOptions) check(ctx context.Context) error {
	if o.key != "" {
		key, err := signing.Load(ctx, o.key)
		if err != nil {
			return fmt.Errorf("--key: %w", err)
		}
		if !key.CanSign() {
			return fmt.Errorf("--key %s: it is a public key; name a private one", o.key)
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

// deliver writes the report and says what came out. aborted is what kept the
// run from coming to its end; the report then is of a part of it.
func (o *reportOptions) deliver(ctx context.Context, folder *report.Folder, r *report.Report, aborted error, screen *screen, std streams) error {
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
	case failed != nil:
		return errors.Join(aborted, failed)
	case r.Verdict == prove.Breached:
		return errFound
	case aborted != nil:
		return aborted
	case r.Verdict != prove.Held:
		return errTold
	}
	return nil
}

// trimBOM drops the byte order mark that some editors write.
func trimBOM(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) }
