package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"datalock/dataset"
	"datalock/internal/inventory"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/spf13/cobra"
)

// backfillOptions are the flags of backfill.
type backfillOptions struct {
	s3Flags
	batchFlags
	days            int
	until, mode     string
	inventory       string
	batch           bool
	plan, yes       bool
	confirmed       string
	stack           string
	json            bool
	pricePerTBMonth float64
}

func newBackfill(std streams) *cobra.Command {
	var (
		o       backfillOptions
		bucket  string
		prefix  string
		options dataset.BackfillOptions
	)
	cmd := &cobra.Command{
		Use:   "backfill s3://BUCKET[/PREFIX] (--until DATE | --days N)",
		Short: "Lock versions that were written before the bucket had a default retention",
		Long: `Backfill sets a retention on each version below a prefix that has none, including
null and noncurrent versions. A prefix is a folder: raw doesn't include raw-other.
It doesn't change active locks. Delete markers can't be locked; they are only
counted.

It lists the versions and reads the lock of each, or takes both from an S3
Inventory of all versions (--inventory), and reads the lock of those that had none.
With --batch, S3 Batch Operations sets the locks. If a version gets a lock while
jobs run, its task lengthens it, if it ends earlier.

Try it first with --mode GOVERNANCE, the default, or with --mode COMPLIANCE
--days 1; the bucket policy of a Datalock stack denies both. A longer lock in
COMPLIANCE mode can't be undone, so backfill asks for confirmation twice.

Exit codes:
  0  all versions found without a lock were locked, or jobs were started
  1  not all versions were locked; run it again to continue
  2  a mistake in the settings`,
		Example: `  datalock backfill s3://acme-data --days 365 --mode COMPLIANCE --plan
  datalock backfill s3://acme-data --days 365 --mode COMPLIANCE
  datalock backfill s3://acme-data --days 365 --mode COMPLIANCE --batch --wait \
    --inventory s3://acme-data-evidence/inventory/acme-data/all`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("backfill: pass one bucket or prefix, such as backfill s3://acme-data --days 1")
			}
			return nil
		},
		PreRunE: func(cmd *cobra.Command, args []string) (err error) {
			bucket, prefix, _ = strings.Cut(strings.TrimPrefix(args[0], "s3://"), "/")
			options, err = o.options(cmd, args[0], bucket, std)
			return err
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runBackfill(cmd.Context(), bucket, prefix, options, o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.until, "until", "", "lock every version until this `date`, such as 2030-12-31")
	flags.IntVar(&o.days, "days", 0, "lock every version for this `number` of days from now")
	flags.StringVar(&o.mode, "mode", "GOVERNANCE", "retention `mode`: GOVERNANCE or COMPLIANCE")
	flags.StringVar(&o.inventory, "inventory", "",
		"S3 Inventory report to read the versions from: its `manifest` or, for the newest, its configuration's folder")
	flags.BoolVar(&o.batch, "batch", false, "use S3 Batch Operations")
	flags.StringVar(&o.stack, "stack", "",
		"`name` of the bucket's stack in the settings, for --batch (default: found by the bucket's name)")
	flags.Float64Var(&o.pricePerTBMonth, "price", settings.DefaultPricePerTBMonth,
		"price of a TB for a month in US `dollars`, for the estimate")
	flags.BoolVar(&o.plan, "plan", false, "only print what would be locked")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before locking")
	flags.StringVar(&o.confirmed, "confirm", "",
		"with --yes: the name of the `bucket`, to confirm COMPLIANCE mode for more than a day")
	flags.BoolVar(&o.json, "json", false, "print a JSON document on stdout")
	o.s3Flags.add(cmd)
	o.batchFlags.add(cmd)
	return cmd
}

func runBackfill(
	ctx context.Context, bucket, prefix string, options dataset.BackfillOptions, o backfillOptions, std streams,
) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	limitMemory()
	client, err := o.client(ctx)
	if err != nil {
		return err
	}
	var jobs *dataset.BatchOptions
	if o.batch {
		b, err := o.jobOptions(ctx, o.s3Flags, bucket, o.stack)
		if err != nil {
			return err
		}
		jobs = &b
	}
	if o.inventory != "" {
		if options.Listed, err = o.listed(ctx, client, bucket, std); err != nil {
			return err
		}
	}
	meter := newMeter(std.err)
	options.Progress = meter.show
	options.Confirm = func(p dataset.BackfillPlan) error {
		return meter.pause(func() error {
			fmt.Fprint(std.err, backfillPlanText(p, o.pricePerTBMonth))
			return o.ask(ctx, p, std)
		})
	}
	done, err := dataset.Backfill(ctx, client, bucket, prefix, options, jobs)
	meter.end()
	if ctx.Err() != nil {
		return interrupted(ctx, err)
	}
	return o.tell(done, err, std)
}

// options turns the flags into options. The error has all that is wrong with them.
func (o backfillOptions) options(
	cmd *cobra.Command, place, bucket string, std streams,
) (dataset.BackfillOptions, error) {
	options := dataset.BackfillOptions{Days: o.days, Mode: o.mode, Jobs: o.jobs, PlanOnly: o.plan}
	var wrong refusals
	wrong.refuse(!strings.HasPrefix(place, "s3://") || bucket == "",
		"backfill %q: must be a bucket or a prefix, such as s3://acme-data/raw/", place)
	wrong.refuse(cmd.Flags().Changed("until") == cmd.Flags().Changed("days"),
		"backfill: pass either --until DATE or --days N")
	wrong.refuse(!o.batch && (o.given() || o.stack != ""),
		"--batch-role, --evidence-bucket, --wait, --job-days and --stack: are for --batch")
	wrong.refuse(
		bucket != "" && o.confirmed != "" && o.confirmed != bucket,
		"--confirm %s: the bucket is %s",
		o.confirmed,
		bucket,
	)
	asks := o.plan || isTerminal(std.in)
	wrong.refuse(!asks && !o.yes, "locked objects can't be deleted; pass --yes to continue")
	wrong.refuse(!asks && o.permanent() && o.confirmed == "",
		"nobody can undo COMPLIANCE mode; try --mode GOVERNANCE or --days 1 first, "+
			"if the bucket policy allows it; then pass --confirm %s too", bucket)
	var err error
	options.Until, err = date("--until", o.until)
	wrong.add(err)
	wrong.add(o.checkServer())
	wrong.add(options.Check())
	return options, wrong.err()
}

// permanent reports whether nobody could undo the locks for more than a day.
func (o backfillOptions) permanent() bool { return o.mode == "COMPLIANCE" && o.days != 1 }

// ask asks for confirmation, twice for permanent locks.
func (o backfillOptions) ask(ctx context.Context, p dataset.BackfillPlan, std streams) error {
	if err := ask(ctx, "continue?", o.yes, std); err != nil {
		return err
	}
	if !o.permanent() || o.confirmed == p.Bucket {
		return nil
	}
	return askFor(ctx, "Nobody can undo COMPLIANCE mode. Type the bucket's name to continue:", p.Bucket, std)
}

// listed returns the versions in an inventory. It must list all versions with their
// locks.
func (o backfillOptions) listed(
	ctx context.Context,
	client *s3.Client,
	bucket string,
	std streams,
) (iter.Seq2[dataset.ListedVersion, error], error) {
	location, err := inventory.Latest(ctx, client, o.inventory)
	if err != nil {
		return nil, err
	}
	i, err := inventory.Open(ctx, inventory.FromS3(client), location)
	if err != nil {
		return nil, err
	}
	if i.Source != bucket {
		return nil, fmt.Errorf("inventory %s: it lists the bucket %s, not %s", location, i.Source, bucket)
	}
	if !i.AllVersions() {
		return nil, fmt.Errorf("inventory %s: it doesn't list all versions; set IncludedObjectVersions to All", location)
	}
	if lacks := i.Lacks(inventory.Mode, inventory.RetainUntil); len(lacks) > 0 {
		return nil, fmt.Errorf("inventory %s: it lacks %v, so it doesn't show active locks", location, lacks)
	}
	fmt.Fprintf(std.err, "from the inventory of %s, without later versions\n", i.Taken.Format(time.RFC3339))
	return func(yield func(dataset.ListedVersion, error) bool) {
		for row, err := range i.Rows(ctx) {
			v := dataset.ListedVersion{
				Key: row.Key, VersionID: row.VersionID, Size: row.Size, Newest: row.Latest, Marker: row.DeleteMarker,
				Mode: row.Mode, Until: row.RetainUntil, EventHold: row.EventHold,
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}, nil
}

// tell prints the result. Its error determines the exit code.
func (o backfillOptions) tell(done dataset.Backfilled, err error, std streams) error {
	fmt.Fprint(std.err, failuresText(done.Failures))
	if err == nil && o.plan {
		fmt.Fprint(std.err, backfillPlanText(done.BackfillPlan, o.pricePerTBMonth))
	}
	if err == nil && !o.plan {
		fmt.Fprintln(std.err, backfilledText(done))
	}
	if o.json && !done.Until.IsZero() {
		if err := printJSON(done, std); err != nil {
			return err
		}
	}
	return err
}
