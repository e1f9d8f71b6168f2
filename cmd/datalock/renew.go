package main

import (
	"context"
	"errors"
	"fmt"

	"datalock/dataset"
	"datalock/dataset/signing"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/spf13/cobra"
)

// renewOptions are the flags of renew.
type renewOptions struct {
	s3Flags
	batchFlags
	batch           bool
	until           string
	days            int
	due, plan, yes  bool
	root, key       string
	stack           string
	json            bool
	pricePerTBMonth float64
	// repeat has the flags that another run needs too.
	repeat string
}

func newRenew(std streams) *cobra.Command {
	var (
		o       renewOptions
		at      dataset.Location
		options dataset.RenewOptions
	)
	cmd := &cobra.Command{
		Use:   "renew s3://BUCKET/PREFIX (--until DATE | --days N)",
		Short: "Keep published datasets locked for longer",
		Long: `Renew lengthens the locks of all versions of a dataset, including its manifest, to
one date, and writes a record beside the manifest. It never shortens a lock. After
an interruption, run it again: it lengthens the remaining locks.

With --due it renews the datasets of a bucket whose locks end soon, according to
"renew" in the settings. Run it on a schedule.

With --batch it uses S3 Batch Operations, for datasets of 100,000 versions or more.
It writes the list of versions to the evidence bucket and creates a job that waits
for confirmation. --wait follows the job and then writes the record. Without it,
run the command again later; the same date finds the same job.

In COMPLIANCE mode a longer lock can't be undone. So renew first prints what becomes
permanent, and asks for confirmation. --plan only prints it.

Exit codes:
  0  every lock lasts at least until the date, nothing was due, or a job was started
  1  not all locks were renewed; run it again to continue
  2  renewed, but something is wrong: a lock had already ended, or a version is
     missing; or the settings have a mistake`,
		Example: `  datalock renew s3://acme-data/imagenet/2026-11 --days 365 --plan
  datalock renew s3://acme-data/imagenet/2026-11 --until 2028-01-01 --batch --wait
  datalock renew s3://acme-data --due --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("renew: pass one dataset, such as renew s3://acme-data/imagenet/2026-11 --days 365")
			}
			return nil
		},
		PreRunE: func(cmd *cobra.Command, args []string) (err error) {
			at, options, err = o.options(cmd, args[0], std)
			return err
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.repeat = repeated(cmd)
			return runRenew(cmd.Context(), at, options, o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.until, "until", "", "lock every version until this `date`, such as 2030-12-31")
	flags.IntVar(&o.days, "days", 0, "lock every version for this `number` of days from now")
	flags.BoolVar(&o.due, "due", false, "renew the datasets of the bucket that are due according to the settings")
	flags.StringVar(&o.stack, "stack", "",
		"`name` of the bucket's stack in the settings, for --due and --batch (default: found by the bucket's name)")
	flags.BoolVar(&o.batch, "batch", false, "use S3 Batch Operations")
	flags.StringVar(&o.root, "root", "", "root `digest` that publish printed; refuse any other manifest")
	flags.StringVar(&o.key, "key", "", "private key to sign the record with: a PEM `file`, or awskms:///ARN")
	flags.Float64Var(&o.pricePerTBMonth, "price", settings.DefaultPricePerTBMonth,
		"price of a TB for a month in US `dollars`, for the estimate")
	flags.BoolVar(&o.plan, "plan", false, "only print what would become permanent")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before lengthening locks")
	flags.BoolVar(&o.json, "json", false, "print a JSON document on stdout")
	o.s3Flags.add(cmd)
	o.batchFlags.add(cmd)
	return cmd
}

func runRenew(
	ctx context.Context, at dataset.Location, options dataset.RenewOptions, o renewOptions, std streams,
) (err error) {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	limitMemory()
	if !o.plan {
		if options.By, err = o.renewer(ctx); err != nil {
			return err
		}
	}
	if o.due {
		return interrupted(ctx, renewDue(ctx, at.Bucket, o, options, std))
	}
	client, err := o.client(ctx)
	if err != nil {
		return err
	}
	jobs, err := o.jobsOn(ctx, at.Bucket)
	if err != nil {
		return err
	}
	var one renewal
	one.Renewed, err = renewOne(ctx, client, at, o, options, jobs, std)
	one.fail(at, err)
	told := tellRenewals([]renewal{one}, o, std)
	if err != nil {
		return errors.Join(interrupted(ctx, err), untold(told))
	}
	return told
}

// options turns the flags into options, and the place into a dataset or, for --due,
// a bucket. The error has all that is wrong with them.
func (o renewOptions) options(
	cmd *cobra.Command, place string, std streams,
) (at dataset.Location, r dataset.RenewOptions, err error) {
	var wrong refusals
	until, days := cmd.Flags().Changed("until"), cmd.Flags().Changed("days")
	wrong.refuse(!o.batch && o.given(), "--batch-role, --evidence-bucket, --wait and --job-days: are for --batch")
	wrong.refuse(o.batch && !o.yes && !o.plan && !isTerminal(std.in),
		"locked objects can't be deleted; pass --yes to continue")
	wrong.refuse(o.due && (until || days || o.root != ""),
		"--due: takes its dates from the settings; leave out --until, --days and --root")
	wrong.refuse(!o.due && !o.batch && o.stack != "", "--stack: is for --due and --batch")
	wrong.refuse(!o.due && until == days, "renew: pass either --until DATE or --days N")
	if o.due {
		var ok bool
		at.Bucket, ok = bucketOf(place)
		wrong.refuse(!ok, "renew %q --due: name a bucket, such as s3://acme-data", place)
	} else {
		at, err = dataset.ParseLocation(place)
		wrong.add(err)
	}
	r = dataset.RenewOptions{Days: o.days, Root: o.root, Jobs: o.jobs, PlanOnly: o.plan}
	if o.root != "" {
		wrong.add(rootFlag(o.root))
	}
	r.Until, err = date("--until", o.until)
	wrong.add(err)
	if o.key != "" {
		r.Key, err = signing.Load(cmd.Context(), o.key)
		wrong.add(err)
		wrong.refuse(err == nil && !r.Key.CanSign(),
			"--key: is a public key, which can't sign; name the private key")
	}
	wrong.add(o.checkServer())
	return at, r, wrong.err()
}

// jobsOn returns the options for jobs on a bucket, or nil without --batch.
func (o renewOptions) jobsOn(ctx context.Context, bucket string) (*dataset.BatchOptions, error) {
	if !o.batch {
		return nil, nil
	}
	b, err := o.jobOptions(ctx, o.s3Flags, bucket, o.stack)
	return &b, err
}

// renewOne renews one dataset, with jobs unless that is nil.
func renewOne(
	ctx context.Context,
	client *s3.Client,
	at dataset.Location,
	o renewOptions,
	options dataset.RenewOptions,
	jobs *dataset.BatchOptions,
	std streams,
) (renewed dataset.Renewed, err error) {
	meter := newMeter(std.err)
	defer meter.end()
	options.Progress = meter.show
	confirm := func(text string) error {
		return meter.pause(func() error {
			fmt.Fprint(std.err, text)
			return ask(ctx, "continue?", o.yes, std)
		})
	}
	if jobs == nil {
		options.Confirm = func(p dataset.RenewPlan) error { return confirm(renewPlanText(p, o.pricePerTBMonth)) }
		options.Size = func(versions int64) { fmt.Fprint(std.err, batchHint(versions)) }
		renewed, err = dataset.Renew(ctx, client, at, options)
	} else {
		jobs.Confirm = func(p dataset.BatchPlan) error { return confirm(batchPlanText(p, o.pricePerTBMonth)) }
		jobs.ByHand = func(causes []dataset.BatchFailure) error {
			return meter.pause(func() error {
				fmt.Fprint(std.err, failuresText(causes))
				return askAgain(ctx, "do these one by one?", "what the jobs have locked stays so", o.yes, std)
			})
		}
		renewed, err = dataset.RenewBatch(ctx, client, at, options, *jobs)
	}
	meter.end()
	if err == nil && o.plan {
		fmt.Fprint(std.err, renewPlanText(renewed.RenewPlan, o.pricePerTBMonth))
	}
	if err != nil {
		fmt.Fprint(std.err, failuresText(renewed.Failures))
	}
	return renewed, err
}

// A renewal is the result for a dataset, and the error with which it ended, if any.
type renewal struct {
	dataset.Renewed
	Error string `json:"error,omitempty"`
}

// fail records that a renewal failed, unless err is nil.
func (r *renewal) fail(at dataset.Location, err error) {
	if err != nil {
		r.Location, r.Error = at, err.Error()
	}
}

// tellRenewals prints the results, those of failed renewals only as JSON. Its error
// determines the exit code.
func tellRenewals(all []renewal, o renewOptions, std streams) error {
	var err error
	for _, r := range all {
		if r.Error != "" {
			continue
		}
		for i, f := range r.Findings {
			if i == shownFindings {
				fmt.Fprintf(std.err, "and %d more\n", len(r.Findings)-i)
				break
			}
			fmt.Fprintln(std.err, f)
		}
		if len(r.Counts) > 0 {
			err = errFound
		}
		if !o.plan {
			fmt.Fprintln(std.err, renewedText(r.Renewed, o.repeat))
		}
	}
	if o.json {
		if all == nil {
			all = []renewal{}
		}
		err = errors.Join(err, printJSON(all, std))
	}
	return err
}
