package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"datalock/dataset"
	"datalock/dataset/manifest"
	"datalock/dataset/signing"
	"datalock/internal/report"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/spf13/cobra"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	s3Flags
	batchFlags
	atRest, yes     bool
	jobDate, stack  string
	root, key       string
	read            bool
	sample          int64
	seed            uint64
	local, manifest string
	exclude         []string
	until           string
	attest          string
	report          string
	json            bool
	// repeat has the flags that another run needs too.
	repeat string
}

func newVerify(std streams) *cobra.Command {
	var o verifyOptions
	var options dataset.VerifyOptions
	cmd := &cobra.Command{
		Use:   "verify s3://BUCKET/PREFIX",
		Short: "Compare a published dataset with its manifest",
		Long: `Verify lists a dataset's prefix for delete markers, newer versions and keys that
aren't in the manifest. Then it compares the size, checksum, encryption and lock of
each object version with the manifest.

This shows what S3 accepted at upload, and how it is locked now. It doesn't read
the bytes again: --read reads all files, --sample N reads N random files, and
--local compares a copy on this machine. With --at-rest, S3 reads all of them: S3
Batch Operations jobs compute the checksums. --wait follows the jobs; without it,
run the command again later.

Exit codes:
  0  everything matches the manifest
  1  it couldn't be judged, or jobs were started
  2  something differs from the manifest`,
		Example: `  datalock verify s3://acme-data/imagenet/2026-11 --root 5f2c…
  datalock verify s3://acme-data/imagenet/2026-11 --read --key public.pem
  datalock verify --local ./imagenet --manifest manifest.json`,
		Args: cobra.MaximumNArgs(1),
		PreRunE: func(cmd *cobra.Command, args []string) (err error) {
			options, err = o.options(cmd.Context())
			return errors.Join(o.check(args, std), err)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.repeat = repeated(cmd)
			return runVerify(cmd.Context(), args, options, o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.root, "root", "", "root `digest` that publish printed")
	flags.StringVar(&o.key, "key", "", "key that must have signed the manifest: a PEM `file`, or awskms:///ARN")
	flags.BoolVar(&o.read, "read", false, "download and hash every file")
	flags.Int64Var(&o.sample, "sample", 0, "download and hash this `number` of random files")
	flags.Uint64Var(&o.seed, "seed", 0, "`seed` of the sample, to choose the same files again")
	flags.BoolVar(&o.atRest, "at-rest", false, "have S3 read every file and compute its checksum")
	flags.StringVar(&o.jobDate, "job-date", "", "`date` on which the jobs of --at-rest were started (default: today)")
	flags.StringVar(&o.stack, "stack", "",
		"`name` of the bucket's stack in the settings, for --at-rest (default: found by the bucket's name)")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before jobs are started")
	flags.StringVar(&o.local, "local", "", "compare the copy in this `folder`")
	flags.StringVar(&o.manifest, "manifest", "", "compare with this `file`, for --local without a network")
	flags.StringArrayVar(&o.exclude, "exclude", nil,
		"`pattern` of local files that don't count as extra; can be repeated")
	flags.StringVar(&o.until, "until", "", "`date` that every lock must reach, such as 2030-12-31")
	flags.StringVar(&o.attest, "attest", "",
		"write a signed in-toto SVR statement to this `file`; --key must be a private key")
	flags.StringVar(&o.report, "report", "", "write a report into this `folder`")
	flags.BoolVar(&o.json, "json", false, "print a JSON document on stdout")
	o.s3Flags.add(cmd)
	o.batchFlags.add(cmd)
	return cmd
}

func runVerify(
	ctx context.Context, args []string, options dataset.VerifyOptions, o verifyOptions, std streams,
) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	limitMemory()
	if o.report != "" {
		if err := report.CanWrite(o.report); err != nil {
			return err
		}
	}
	if o.attest != "" {
		if err := canAttest(o.attest); err != nil {
			return err
		}
	}
	if o.report != "" {
		if err := report.SetAside(o.report); err != nil {
			return err
		}
	}
	meter := newMeter(std.err)
	options.Progress = meter.show
	v, err := o.verify(ctx, args, options, meter, std)
	meter.end()
	if errors.Is(err, dataset.ErrStarted) {
		fmt.Fprint(std.err, restStartedText(v, o.repeat))
	}
	if err != nil {
		return interrupted(ctx, err)
	}
	// The findings come first: nothing that fails later may hide them.
	return errors.Join(
		o.tell(v, std),
		o.write(ctx, v, options.Key, std),
		o.writeStatement(ctx, v, options.Key, std),
	)
}

// options turns the flags into options. The error has all that is wrong with them.
func (o verifyOptions) options(ctx context.Context) (dataset.VerifyOptions, error) {
	options := dataset.VerifyOptions{
		Root: o.root, Read: o.read, Sample: o.sample, Seed: o.seed, Exclude: o.exclude, Jobs: o.jobs,
	}
	var wrongRoot, wrongDate, wrongKey error
	if o.root != "" {
		wrongRoot = rootFlag(o.root)
	}
	options.Until, wrongDate = date("--until", o.until)
	if o.key != "" {
		options.Key, wrongKey = signing.Load(ctx, o.key)
		if wrongKey == nil && o.attest != "" && !options.Key.CanSign() {
			wrongKey = errors.New("--attest: a public key can't sign; pass the private key with --key")
		}
	}
	return options, errors.Join(wrongRoot, wrongDate, wrongKey)
}

// rootFlag refuses what can't be a root digest.
func rootFlag(text string) error {
	if err := manifest.CheckRootDigest(text); err != nil {
		return fmt.Errorf("--root: %w", err)
	}
	return nil
}

// write writes the report, signed if the key is private.
func (o verifyOptions) write(ctx context.Context, v dataset.Verification, key *signing.Key, std streams) error {
	if o.report == "" {
		return nil
	}
	var signer report.Signer
	if key != nil && key.CanSign() {
		signer = key
	}
	files, err := report.NewVerification(v).Write(ctx, o.report, signer)
	if errors.Is(err, signing.ErrMayNotSign) {
		fmt.Fprintf(std.err, "note: the report isn't signed: %v\n", err)
		files, err = report.NewVerification(v).Write(ctx, o.report, nil)
	}
	if len(files) > 0 {
		fmt.Fprintf(std.err, "report: %s\n", filepath.ToSlash(files[0]))
	}
	return err
}

// check refuses flags that exclude each other, and a location that is none.
func (o verifyOptions) check(args []string, std streams) error {
	var wrong refusals
	wrong.refuse(o.manifest != "" && o.local == "", "--manifest: only for a local copy; pass its folder with --local")
	wrong.refuse(o.manifest != "" && len(args) > 0, "--manifest: pass a manifest or a location in S3, not both")
	wrong.refuse(o.manifest == "" && len(args) == 0,
		"verify: pass a dataset, such as verify s3://acme-data/imagenet/2026-11")
	wrong.refuse(o.local != "" && (o.read || o.sample > 0 || o.until != ""),
		"--local: reads only the manifest from S3; leave out --read, --sample and --until")
	wrong.refuse(o.local == "" && len(o.exclude) > 0, "--exclude: leaves out local files; pass their folder with --local")
	wrong.refuse(o.seed != 0 && o.sample == 0, "--seed: chooses a sample; pass its size with --sample")
	wrong.refuse(o.read && o.sample > 0, "--read and --sample: use only one of them")
	wrong.refuse(o.attest != "" && o.key == "", "--attest: requires a private key to sign with; pass it with --key")
	wrong.refuse(!o.atRest && (o.given() || o.yes || o.jobDate != "" || o.stack != ""),
		"--batch-role, --evidence-bucket, --wait, --job-days, --job-date, --stack and --yes: are for --at-rest")
	wrong.refuse(o.atRest && (o.read || o.sample > 0 || o.local != ""),
		"--at-rest: leave out --read, --sample and --local")
	wrong.refuse(o.atRest && !o.yes && !isTerminal(std.in), "--at-rest: jobs cost money; pass --yes to continue")
	if len(args) > 0 {
		_, err := dataset.ParseLocation(args[0])
		wrong.add(err)
	}
	_, err := date("--job-date", o.jobDate)
	wrong.add(err)
	wrong.add(o.checkServer())
	return wrong.err()
}

// verifyAtRest verifies with jobs.
func (o verifyOptions) verifyAtRest(
	ctx context.Context,
	client *s3.Client,
	at dataset.Location,
	options dataset.VerifyOptions,
	meter *meter,
	std streams,
) (dataset.Verification, error) {
	b, err := o.jobOptions(ctx, o.s3Flags, at.Bucket, o.stack)
	if err != nil {
		return dataset.Verification{}, err
	}
	if b.On, err = date("--job-date", o.jobDate); err != nil {
		return dataset.Verification{}, err
	}
	b.Confirm = func(p dataset.BatchPlan) error {
		return meter.pause(func() error {
			fmt.Fprint(std.err, restPlanText(p))
			return ask(ctx, "continue?", o.yes, std)
		})
	}
	return dataset.VerifyAtRest(ctx, client, at, options, b)
}

func (o verifyOptions) verify(
	ctx context.Context,
	args []string,
	options dataset.VerifyOptions,
	meter *meter,
	std streams,
) (dataset.Verification, error) {
	if o.manifest != "" {
		return dataset.VerifyLocal(ctx, o.local, o.manifest, options)
	}
	at, err := dataset.ParseLocation(args[0])
	if err != nil {
		return dataset.Verification{}, err
	}
	client, err := o.client(ctx)
	if err != nil {
		return dataset.Verification{}, err
	}
	if o.local != "" {
		return dataset.VerifyCopy(ctx, client, at, o.local, options)
	}
	if o.atRest {
		return o.verifyAtRest(ctx, client, at, options, meter, std)
	}
	return dataset.Verify(ctx, client, at, options)
}

// tell prints the result. Its error determines the exit code.
func (o verifyOptions) tell(v dataset.Verification, std streams) error {
	var err error
	if o.json {
		err = printJSON(v, std)
	} else if _, err = fmt.Fprint(std.out, verificationText(v, time.Now())); err != nil {
		err = fmt.Errorf("print the result: %w", err)
	}
	switch {
	case v.Clean():
		return err
	case v.Judged():
		return errors.Join(errFound, err)
	}
	return errors.Join(fmt.Errorf("%s couldn't be judged", count(int64(v.Counts[dataset.Unknown]), "check")), err)
}

// writeStatement writes a signed statement of what was verified, if there is
// nothing but matches.
func (o verifyOptions) writeStatement(
	ctx context.Context, v dataset.Verification, key *signing.Key, std streams,
) error {
	if o.attest == "" {
		return nil
	}
	if !v.Clean() {
		text := "no statement: there are findings"
		if _, err := os.Stat(o.attest); err == nil {
			text += "; " + o.attest + " is of an earlier run"
		}
		fmt.Fprintln(std.err, "note: "+text)
		return nil
	}
	statement, err := v.Statement()
	if err != nil {
		return err
	}
	bundle, err := key.Bundle(ctx, statement)
	if err != nil {
		return fmt.Errorf("sign the statement: %w", err)
	}
	return attestTo(o.attest, bundle)
}
