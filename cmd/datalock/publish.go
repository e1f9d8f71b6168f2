package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"datalock/dataset"
	"datalock/dataset/signing"
	"datalock/internal/plainjson"
	"datalock/internal/printable"

	"github.com/spf13/cobra"
)

// publishOptions are the flags of publish.
type publishOptions struct {
	s3Flags
	exclude          []string
	until            string
	days             int
	key              string
	croissant        bool
	license, creator string
	json, yes        bool
}

func newPublish(std streams) *cobra.Command {
	var (
		o       publishOptions
		at      dataset.Location
		options dataset.PublishOptions
	)
	cmd := &cobra.Command{
		Use:   "publish DIR s3://BUCKET/PREFIX",
		Short: "Publish a folder to a locked bucket as one dataset",
		Long: `Publish uploads the files of a folder unchanged into a bucket with Object Lock,
and then writes a manifest of their versions. It prints the root digest, the
SHA-256 of the manifest, on stdout. Keep it outside the bucket.

Publish never overwrites or deletes anything. If it is interrupted, run it again:
it keeps what is already uploaded. In COMPLIANCE mode nobody can delete the files
before their retention ends, so publish first prints how much it will lock and
until when, and asks for confirmation.

Exit codes:
  0  published
  1  not published; run it again to continue`,
		Example: `  datalock publish ./imagenet s3://acme-data/imagenet/2026-11
  datalock publish ./imagenet s3://acme-data/imagenet/2026-11 --days 400 --key key.pem --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New(
					"publish: pass a folder and a location, such as publish ./imagenet s3://acme-data/imagenet/2026-11",
				)
			}
			return nil
		},
		PreRunE: func(cmd *cobra.Command, args []string) (err error) {
			at, options, err = o.options(cmd.Context(), args[1])
			return err
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runPublish(cmd.Context(), args[0], at, options, o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.exclude, "exclude", nil,
		"`pattern` of files to leave out, such as '*.tmp' or 'raw/'; can be repeated")
	flags.StringVar(&o.until, "retain-until", "",
		"lock everything until this `date`, such as 2030-12-31 (default: the bucket's retention)")
	flags.IntVar(&o.days, "days", 0,
		"lock everything for this `number` of days (default: the bucket's retention)")
	flags.StringVar(&o.key, "key", "",
		"private key to sign the manifest with: a PEM `file`, ECDSA P-256 or Ed25519, or awskms:///ARN")
	flags.BoolVar(&o.croissant, "croissant", false,
		"also write croissant.json; requires --license and --creator")
	flags.StringVar(&o.license, "license", "", "`URL` or SPDX name of the dataset's license, for --croissant")
	flags.StringVar(&o.creator, "creator", "", "`name` of the dataset's creator, for --croissant")
	flags.BoolVar(&o.json, "json", false, "print a JSON document on stdout instead of the root digest")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before locking objects")
	o.add(cmd)
	return cmd
}

// memoryLimit is the soft limit of the garbage collector; the buffers have
// their own limit. Below it the collector runs when the heap has grown fivefold, not
// twofold: it took a quarter of the processor time with small files.
const (
	memoryLimit = 200 << 20
	heapGrowth  = 400
)

func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}

func runPublish(
	ctx context.Context, dir string, at dataset.Location, options dataset.PublishOptions, o publishOptions, std streams,
) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	limitMemory()
	client, err := o.client(ctx)
	if err != nil {
		return err
	}
	meter := newMeter(std.err)
	options.Progress = meter.show
	options.Note = func(text string) {
		_ = meter.pause(func() error {
			_, err := fmt.Fprintln(std.err, "note: "+text)
			return err
		})
	}
	options.Confirm = func(p dataset.Plan) error {
		return meter.pause(func() error {
			switch {
			case p.Published:
				tellAdditions(p, std)
			case p.Sent:
				tellLonger(p, std)
				return askAgain(ctx, "continue?", "the files stay locked, no manifest was written", o.yes, std)
			default:
				tellPlan(dir, p, std)
			}
			return ask(ctx, "continue?", o.yes, std)
		})
	}
	began := time.Now()
	p, err := dataset.Publish(ctx, client, dir, at, options)
	meter.end()
	if errors.Is(context.Cause(ctx), errInterrupted) && err != nil {
		return fmt.Errorf("%w; run it again to continue", errInterrupted)
	}
	if err != nil {
		return err
	}
	return tellPublished(p, o, time.Since(began), std)
}

// options turns the flags into options. The error has all that is wrong with them.
func (o publishOptions) options(
	ctx context.Context,
	location string,
) (at dataset.Location, p dataset.PublishOptions, err error) {
	p = dataset.PublishOptions{
		Exclude: o.exclude, Days: o.days, Jobs: o.jobs,
	}
	var wrong [4]error
	at, wrong[0] = dataset.ParseLocation(location)
	p.RetainUntil, wrong[1] = date("--retain-until", o.until)
	if o.croissant {
		p.Croissant = &dataset.Croissant{License: o.license, Creator: o.creator}
	} else if o.license != "" || o.creator != "" {
		wrong[2] = errors.New("--license and --creator: are for --croissant")
	}
	if o.key != "" {
		p.Key, wrong[3] = signing.Load(ctx, o.key)
	}
	return at, p, errors.Join(errors.Join(wrong[:]...), o.checkServer(), p.Check())
}

// date reads a date, which means its start in UTC, or a time.
func date(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() >= 1970 {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %q: must be a date such as 2030-12-31, or 2030-12-31T12:00:00Z", flag, text)
}

// tellPlan prints what is about to be locked, and for how long.
func tellPlan(dir string, p dataset.Plan, std streams) {
	fmt.Fprintf(std.err, "%s: %s, %s\n", dir, count(p.Files, "file"), size(p.Bytes))
	if p.Present > 0 {
		fmt.Fprintf(
			std.err,
			"  %s already in the bucket with the same name and size; kept if the bytes are the same\n",
			are(p.Present),
		)
	}
	tellUnfinished(p, std)
	if p.Excluded > 0 {
		fmt.Fprintf(std.err, "  %s excluded\n", are(p.Excluded))
	}
	if p.EmptyFoldersCount > 0 {
		fmt.Fprintf(
			std.err,
			"  not published, because S3 has no folders: %s (%s)\n",
			count(p.EmptyFoldersCount, "empty folder"),
			printable.Line(strings.Join(p.EmptyFolders, ", ")),
		)
	}
	source := ""
	if p.Default {
		source = ", the bucket's default"
	}
	fmt.Fprintf(std.err, "%s: %s mode, %s%s\n", p.Location, p.Mode, p.Retention, source)
	if p.Mode == "COMPLIANCE" {
		fmt.Fprintf(
			std.err,
			"nobody can delete %s and the manifest, or stop paying for them, until %s\n",
			these(p.Files),
			p.Until.Format("2006-01-02 15:04 MST"),
		)
	} else {
		fmt.Fprintf(
			std.err,
			"until %s only users with s3:BypassGovernanceRetention can delete %s\n",
			p.Until.Format("2006-01-02 15:04 MST"),
			these(p.Files),
		)
	}
	if p.ManifestUntil.After(p.Until) {
		fmt.Fprintf(std.err, "a file that is already in the bucket is locked until %[1]s, so the manifest is too\n",
			p.ManifestUntil.Format("2006-01-02 15:04 MST"))
	}
}

// tellUnfinished prints which uploads are continued.
func tellUnfinished(p dataset.Plan, std streams) {
	if p.UnfinishedUploads == 0 {
		return
	}
	longer := "longer than below"
	if p.Mode != "COMPLIANCE" {
		longer += ", or in COMPLIANCE mode"
	}
	fmt.Fprintf(std.err, "  %s of an earlier run to continue; S3 doesn't show their locks: each is what that run "+
		"asked for, perhaps %s\n  to begin anew, abort them first (aws s3api abort-multipart-upload):\n",
		count(p.UnfinishedUploads, "unfinished upload"), longer)
	for _, u := range p.Unfinished {
		fmt.Fprintf(std.err, "    %s, upload ID %s\n", printable.Line("s3://"+p.Bucket+"/"+u.Key), printable.Line(u.UploadID))
	}
	if more := p.UnfinishedUploads - int64(len(p.Unfinished)); more > 0 {
		fmt.Fprintf(std.err, "    and %d more\n", more)
	}
}

// tellLonger prints that the manifest gets a longer lock than the plan said.
func tellLonger(p dataset.Plan, std streams) {
	fmt.Fprintf(std.err, "%s: all files are in the bucket; one is locked until %s, longer than planned; "+
		"the manifest will be locked as long\n", p.Location, p.ManifestUntil.Format("2006-01-02 15:04 MST"))
}

// tellAdditions prints what is added to a dataset that is already published.
func tellAdditions(p dataset.Plan, std streams) {
	fmt.Fprintf(std.err, "%s is already published, with the same files\n", p.Location)
	for _, name := range p.Adds {
		fmt.Fprintf(std.err, "  adds %s\n", name)
	}
	fmt.Fprintf(std.err, "their lock: %s mode, until %s\n", p.Mode, p.Until.Format("2006-01-02 15:04 MST"))
}

func these(n int64) string {
	if n == 1 {
		return "this object"
	}
	return fmt.Sprintf("these %d objects", n)
}

func are(n int64) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func tellPublished(p dataset.Published, o publishOptions, took time.Duration, std streams) error {
	state := fmt.Sprintf("published in %s: %d sent, %d kept", seconds(took), p.Sent, p.Kept)
	if p.Before {
		state = "is already published, with the same files"
	}
	fmt.Fprintf(
		std.err,
		"%s %s; locked until %s at least\n",
		p.Location,
		state,
		p.Retention.Earliest.Format("2006-01-02 15:04 MST"),
	)
	fmt.Fprintf(std.err, "next: datalock verify %s --root %s\n", p.Location, p.RootDigest)
	var err error
	if o.json {
		err = printJSON(p, std)
	} else {
		_, err = fmt.Fprintln(std.out, p.RootDigest)
	}
	if err != nil {
		return fmt.Errorf("%s is published, but its root digest, %s, couldn't be printed: %w", p.Location, p.RootDigest, err)
	}
	return nil
}

func printJSON(v any, std streams) error {
	text, err := plainjson.Indented(v)
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	if _, err := std.out.Write(text); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
