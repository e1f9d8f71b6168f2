package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"datalock/dataset"
	"datalock/dataset/signing"
	"datalock/internal/project"
	"datalock/settings"

	"github.com/spf13/cobra"
)

// renewOptions are the flags of renew.
type renewOptions struct {
	s3Flags
	until           string
	days            int
	due, plan, yes  bool
	root, key       string
	stack           string
	json            bool
	pricePerTBMonth float64
}

func newRenew(std streams) *cobra.Command {
	var o renewOptions
	cmd := &cobra.Command{
		Use:   "renew s3://BUCKET/PREFIX (--until DATE | --days N)",
		Short: "Keep published datasets locked for longer",
		Long: `Renew lengthens the locks of all versions of a dataset, its manifest included, to
one date, and writes a record of that beside the manifest. It never shortens a
lock. Run it again after an interruption: only what is left is lengthened.

With --due it renews the datasets of a bucket whose locks end soon, as "renew" in
the settings says, and no others. Run it on a schedule.

A longer lock can't be undone in COMPLIANCE mode, so it says first what becomes
permanent, and asks. --plan says it and stops.

Exit codes:
  0  every lock ends then or later, or nothing was due
  1  not renewed to the end; run it again to go on
  2  renewed, and something is wrong: a lock had ended before, or a version is
     missing; or a mistake in the settings`,
		Example: `  datalock renew s3://acme-data/imagenet/2026-11 --days 365 --plan
  datalock renew s3://acme-data --due --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("renew: name one dataset, such as renew s3://acme-data/imagenet/2026-11 --days 365")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runRenew(cmd.Context(), args[0], o, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.until, "until", "", "`date` until which every version is locked, such as 2030-12-31")
	flags.IntVar(&o.days, "days", 0, "`number` of days from now for which every version is locked")
	flags.BoolVar(&o.due, "due", false, "renew the bucket's datasets that are due by the settings")
	flags.StringVar(&o.stack, "stack", "", "`name` of the bucket's stack in the settings, for --due (default: found by the bucket's name)")
	flags.StringVar(&o.root, "root", "", "root `digest` that publish printed; another manifest isn't renewed")
	flags.StringVar(&o.key, "key", "", "private key to sign the record with: a PEM `file`, or awskms:///ARN")
	flags.Float64Var(&o.pricePerTBMonth, "price", settings.DefaultPricePerTBMonth, "`dollars` that a TB costs for a month, for the estimate")
	flags.BoolVar(&o.plan, "plan", false, "say what would become permanent, and stop")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before locks are lengthened")
	flags.BoolVar(&o.json, "json", false, "print a JSON document on stdout")
	o.add(cmd)
	return cmd
}

func runRenew(ctx context.Context, place string, o renewOptions, std streams) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	limitMemory()
	if err := o.check(); err != nil {
		return err
	}
	options, err := o.options(ctx, std)
	if err != nil {
		return err
	}
	if o.due {
		return interrupted(ctx, renewDue(ctx, place, o, options, std))
	}
	at, err := dataset.ParseLocation(place)
	if err != nil {
		return err
	}
	renewed, err := renewOne(ctx, at, o, options, std)
	if err != nil {
		return interrupted(ctx, err)
	}
	return tellRenewals([]dataset.Renewed{renewed}, o, std)
}

// check refuses flags that don't go together.
func (o renewOptions) check() error {
	switch {
	case o.due && (o.until != "" || o.days != 0 || o.root != ""):
		return errors.New("--due: takes its dates from the settings; leave out --until, --days and --root")
	case !o.due && o.stack != "":
		return errors.New("--stack: is for --due")
	case !o.due && (o.until == "") == (o.days == 0):
		return errors.New("renew: name a date in --until, or a number of days in --days")
	case o.pricePerTBMonth < 0:
		return fmt.Errorf("--price %v: must be a price in dollars", o.pricePerTBMonth)
	}
	return nil
}

func (o renewOptions) options(ctx context.Context, std streams) (r dataset.RenewOptions, err error) {
	r = dataset.RenewOptions{
		Days: o.days, Root: o.root, Jobs: o.jobs, PlanOnly: o.plan,
		Note: func(text string) { fmt.Fprintln(std.err, "note: "+text) },
	}
	if r.Until, err = date("--until", o.until); err != nil {
		return r, err
	}
	if o.key != "" {
		if r.Key, err = signing.Load(ctx, o.key); err != nil {
			return r, err
		}
		if !r.Key.CanSign() {
			return r, errors.New("--key: is a public key, which can't sign; name the private key")
		}
	}
	return r, nil
}

// renewOne renews one dataset.
func renewOne(ctx context.Context, at dataset.Location, o renewOptions, options dataset.RenewOptions, std streams) (dataset.Renewed, error) {
	client, err := o.client(ctx)
	if err != nil {
		return dataset.Renewed{}, err
	}
	if keys, err := client.Options().Credentials.Retrieve(ctx); err == nil {
		options.By = "access key " + keys.AccessKeyID
	}
	meter := newMeter(std.err)
	defer meter.end()
	options.Progress = meter.show
	options.Confirm = func(p dataset.RenewPlan) error {
		meter.end()
		fmt.Fprint(std.err, renewPlanText(p, o.pricePerTBMonth))
		return ask("go on?", o.yes, std)
	}
	renewed, err := dataset.Renew(ctx, client, at, options)
	meter.end()
	if err == nil && o.plan {
		fmt.Fprint(std.err, renewPlanText(renewed.RenewPlan, o.pricePerTBMonth))
	}
	return renewed, err
}

// renewDue renews the datasets of a bucket that are due.
func renewDue(ctx context.Context, place string, o renewOptions, options dataset.RenewOptions, std streams) error {
	bucket, ok := strings.CutPrefix(strings.TrimSuffix(place, "/"), "s3://")
	if !ok || bucket == "" || strings.Contains(bucket, "/") {
		return fmt.Errorf("renew %q --due: name a bucket, such as s3://acme-data", place)
	}
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	policy, err := renewPolicy(p.Settings, bucket, o.stack)
	if err != nil {
		return err
	}
	client, err := o.client(ctx)
	if err != nil {
		return err
	}
	due, failed, err := dataset.ListDue(ctx, client, bucket, func(prefix string) (dataset.RenewPolicy, bool) {
		found, ok := policy.Of(prefix)
		return dataset.RenewPolicy(found), ok
	})
	if err != nil {
		return err
	}
	for _, d := range failed {
		fmt.Fprintf(std.err, "%s: not renewed: %s\n", d.Location, d.Problem)
	}
	var all []dataset.Renewed
	problems := len(failed)
	for _, d := range due {
		options.Days = d.Policy.KeepDays
		renewed, err := renewOne(ctx, d.Location, o, options, std)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			problems++
			fmt.Fprintf(std.err, "%s: not renewed: %v\n", d.Location, err)
			continue
		}
		all = append(all, renewed)
	}
	if len(due) == 0 {
		fmt.Fprintf(std.err, "s3://%s: nothing is due\n", bucket)
	}
	err = tellRenewals(all, o, std)
	if problems > 0 {
		return fmt.Errorf("%s of s3://%s couldn't be renewed", count(int64(problems), "dataset"), bucket)
	}
	return err
}

// renewPolicy finds the policy of a bucket in the settings.
func renewPolicy(s settings.Settings, bucket, stack string) (settings.Renew, error) {
	if stack == "" {
		for _, name := range s.Stacks() {
			full, prefix := s.Buckets[name].NameOrPrefix(name)
			if bucket != full && (prefix == "" || !strings.HasPrefix(bucket, prefix)) {
				continue
			}
			if stack != "" {
				return settings.Renew{}, fmt.Errorf("bucket %s fits the stacks %s and %s; name one in --stack", bucket, stack, name)
			}
			stack = name
		}
	}
	b, ok := s.Buckets[stack]
	if !ok {
		return settings.Renew{}, fmt.Errorf("no stack in the settings is that of bucket %s; name it in --stack: %s",
			bucket, strings.Join(s.Stacks(), ", "))
	}
	if b.Renew.RenewPolicy == (settings.RenewPolicy{}) && len(b.Renew.Prefixes) == 0 {
		return settings.Renew{}, fmt.Errorf("stack %s has no renew in the settings; "+
			`add "renew": {"keepDays": 365, "whenLeftDays": 120} to the bucket`, stack)
	}
	return b.Renew, nil
}

// tellRenewals prints what was done, and says by the exit code what came out.
func tellRenewals(all []dataset.Renewed, o renewOptions, std streams) error {
	var err error
	for _, r := range all {
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
			fmt.Fprintln(std.err, renewedText(r))
		}
	}
	if o.json {
		if all == nil {
			all = []dataset.Renewed{}
		}
		if err := printJSON(all, std); err != nil {
			return err
		}
	}
	return err
}

// perMillion is the list price of a million PutObjectRetention requests in
// us-east-1, in US dollars, from memory.
const perMillion = 5.0

// renewPlanText says what is about to become permanent.
func renewPlanText(p dataset.RenewPlan, price float64) string {
	var b strings.Builder
	until := p.Until.Format("2006-01-02 15:04 MST")
	if p.Versions == 0 {
		fmt.Fprintf(&b, "%s: all %d versions are locked until %s or longer already\n", p.Location, p.Kept, until)
		return b.String()
	}
	fmt.Fprintf(&b, "%s: lengthens the locks of %s, %s", p.Location, count(p.Versions, "version"), size(p.Bytes))
	if p.Kept > 0 {
		fmt.Fprintf(&b, "; %d more are locked for as long already", p.Kept)
	}
	b.WriteString("\n")
	if p.NextEnd != nil {
		fmt.Fprintf(&b, "  the first of these locks ends at %s\n", p.NextEnd.At.Format(time.RFC3339))
	}
	if p.Compliance > 0 {
		fmt.Fprintf(&b, "  nobody can delete %d of them, or stop paying for them, until %s\n", p.Compliance, until)
	}
	if rest := p.Versions - p.Compliance; rest > 0 {
		fmt.Fprintf(&b, "  until %s only those with s3:BypassGovernanceRetention can delete %d of them\n", until, rest)
	}
	const month, tb = 365.0 / 12, 1 << 40
	fmt.Fprintf(&b, "  about $%.2f for requests and $%.2f for storage until then, at $%.2f per TB and month (list prices from memory; see --price)\n",
		float64(p.Versions)/1e6*perMillion, p.AddedByteDays/tb/month*price, price)
	return b.String()
}

func renewedText(r dataset.Renewed) string {
	until := r.Until.Format("2006-01-02 15:04 MST")
	if r.Lengthened == 0 && r.Record == "" {
		return fmt.Sprintf("%s: nothing to do, all %d versions are locked until %s or longer", r.Location, r.Kept, until)
	}
	return fmt.Sprintf("%s: %s renewed, all locked until %s or longer; record s3://%s/%s",
		r.Location, count(r.Lengthened, "lock"), until, r.Bucket, r.Record)
}
