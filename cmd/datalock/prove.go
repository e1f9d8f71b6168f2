package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"datalock/internal/awsconfig"
	"datalock/internal/prove"
	"datalock/internal/report"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"
)

// proveOptions are the flags of prove.
type proveOptions struct {
	reportOptions
	bucket, endpoint, region string
	yes, scratch, controls   bool
	as                       []string

	// identity is the identity behind the credentials, if AWS STS returns it.
	identity string
}

func newProve(std streams) *cobra.Command {
	var o proveOptions
	cmd := &cobra.Command{
		Use:   "prove --bucket NAME",
		Short: "Attack an existing bucket, on AWS or on another S3 server",
		Long: `Prove runs the trials against an existing bucket, with the credentials of your
environment, and writes report.html, report.md, report.json and an in-toto
statement of the result.

The trials write small objects, and S3 locks them for the bucket's default
retention: nobody can delete them before it ends. So prove first prints how many
objects it will write, their size, and until when they are locked, and asks for
confirmation. Then it checks every permission that it needs. If one is missing, it
stops before it writes the first object.

--scratch adds the trials that change the bucket itself. Use it only on a bucket
that you don't need. --controls also runs the control of each trial, which must
succeed: the same attack in a bucket without the guard or, for trials that send an
invalid request, a valid request. prove creates and deletes three buckets for it: one
without Object Lock, one also without versioning, one with Object Lock but no policy.

The trials attack with your credentials. Add others with --as for the trials of
users with fewer permissions, or if yours are the account root's.
` + exitHelp,
		Example: `  go run ./cmd/datalock prove --bucket my-dataset --region eu-central-1
  go run ./cmd/datalock prove --bucket test --endpoint http://127.0.0.1:9000 --scratch --controls --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runProve(cmd.Context(), o, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.bucket, "bucket", "", "`name` of the bucket (required)")
	flags.StringVar(&o.endpoint, "endpoint", "", "`URL` of an S3 server (default: AWS)")
	flags.StringVar(&o.region, "region", "", "AWS `Region` of the bucket (default: AWS_REGION, or us-east-1)")
	o.addTo(cmd, "default: 1m")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before locking objects")
	flags.BoolVar(&o.scratch, "scratch", false, "also run the trials that change the bucket itself")
	flags.BoolVar(&o.controls, "controls", false, "also run the controls, which must succeed")
	flags.StringArrayVar(&o.as, "as", nil,
		"`PRINCIPAL=PROFILE`: also attack as admin, writer or stranger, with the credentials of an AWS profile")
	return cmd
}

func runProve(ctx context.Context, o proveOptions, std streams) error {
	if o.bucket == "" {
		return errors.New("prove: --bucket is required")
	}
	if o.endpoint != "" {
		if err := checkEndpoint(o.endpoint); err != nil {
			return err
		}
	}
	if err := o.check(ctx); err != nil {
		return err
	}
	if o.region == "" {
		if o.region = os.Getenv("AWS_REGION"); o.region == "" {
			o.region = "us-east-1"
		}
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	c, err := proveConfig(ctx, &o)
	if err != nil {
		return interrupted(ctx, err)
	}
	if err := askToProve(ctx, o, c, std); err != nil {
		return err
	}
	folder, err := report.Open(o.dir)
	if err != nil {
		return err
	}
	screen := newScreen(std.err)
	defer screen.end()
	proven, err := attackBucket(ctx, c, o.identity, folder, screen)
	screen.end()
	if err != nil {
		err = interrupted(ctx, err)
	}
	return o.deliver(ctx, folder, proven, err, screen, std)
}

// attackBucket runs the trials. After an error the report covers what was done
// until then.
func attackBucket(
	ctx context.Context, c prove.Config, identity string, folder *report.Folder, screen *screen,
) (proven *report.Report, err error) {
	proven = report.New(report.Proof, time.Now())
	defer func() { proven.End(time.Now(), err) }()
	screen.Stack(c.Bucket, retentionText(c.Expected))
	screen.Step("trials", "the attacks")
	folder.Begin(c, time.Now())
	c.Progress = func(done, total int, result prove.Result) {
		folder.Trial(c.Bucket, result)
		screen.Trial(done, total, result)
	}
	c.Watching = func(d time.Duration) {
		screen.Note(fmt.Sprintf("waiting %.0f s to read every version again", d.Seconds()))
	}
	outcome, err := prove.Run(ctx, c)
	subject := report.NewSubject(c, report.Server{Endpoint: c.Endpoint.URL, Kind: report.KindOf(c.Endpoint.URL)})
	subject.Fill(c, outcome)
	subject.Identity = identity
	if err == nil || !errors.As(err, new(*prove.RightsError)) || subject.Left.Any() {
		proven.Add(subject)
	}
	if err == nil {
		screen.Done(subject.Counts.Line())
	}
	return proven, err
}

// proveConfig reads from the bucket what its trials must expect.
func proveConfig(ctx context.Context, o *proveOptions) (prove.Config, error) {
	environment, err := awsconfig.Load(ctx, o.region)
	if err != nil {
		return prove.Config{}, err
	}
	all := map[prove.Principal]aws.CredentialsProvider{prove.Owner: environment.Credentials}
	c := prove.Config{
		Endpoint: prove.Endpoint{
			URL: o.endpoint, Region: o.region, Credentials: all, Identities: map[prove.Principal]string{},
		},
		Bucket: o.bucket, Scratch: o.scratch, Controls: o.controls, Run: prove.NewRun(time.Now()),
		Watch: o.watchOf(defaultWatch), Keep: true,
	}
	if c.Endpoint.OnAWS() {
		var arn string
		arn, o.identity, c.Endpoint.Root = whose(ctx, environment)
		c.Endpoint.Identities[prove.Owner] = arn
	}
	if err := addPrincipals(ctx, c.Endpoint, environment, o.as); err != nil {
		return c, err
	}
	if file := os.Getenv("AWS_CA_BUNDLE"); file != "" && strings.HasPrefix(o.endpoint, "https:") {
		pem, err := os.ReadFile(file)
		if err != nil {
			return c, fmt.Errorf("read the certificates in AWS_CA_BUNDLE: %w", err)
		}
		c.Endpoint.RootCAs = x509.NewCertPool()
		c.Endpoint.RootCAs.AppendCertsFromPEM(pem)
	}
	c.Expected, c.Guards, err = prove.Survey(ctx, c.Endpoint, o.bucket)
	return c, err
}

// addPrincipals adds the credentials of the other attackers and, on AWS, whose they
// are. environment is the configuration for AWS STS.
func addPrincipals(ctx context.Context, e prove.Endpoint, environment aws.Config, as []string) error {
	for _, text := range as {
		name, profile, ok := strings.Cut(text, "=")
		who := prove.Principal(name)
		if !ok || profile == "" || who != prove.Admin && who != prove.Writer && who != prove.Stranger {
			return fmt.Errorf("--as %q: must be admin=PROFILE, writer=PROFILE or stranger=PROFILE", text)
		}
		keys, err := profileCredentials(ctx, e.Region, profile)
		if err != nil {
			return fmt.Errorf("--as %s: %w", text, err)
		}
		e.Credentials[who] = keys
		if e.OnAWS() {
			theirs := environment.Copy()
			theirs.Credentials = keys
			e.Identities[who], _, _ = whose(ctx, theirs)
		}
	}
	return nil
}

func askToProve(ctx context.Context, o proveOptions, c prove.Config, std streams) error {
	plan := prove.PlanOf(c, time.Now())
	fmt.Fprintf(std.err, "bucket %s: %d trials write up to %d objects (%d bytes in total) below datalock-trials/%s",
		o.bucket, plan.Trials, plan.Objects, plan.Bytes, c.Run)
	if plan.Mode != "" {
		fmt.Fprintf(std.err, ", locked in %s mode until %s, one until %s",
			plan.Mode, plan.Until.Format(time.DateOnly), plan.Longest.Format(time.DateOnly))
	}
	if o.identity != "" {
		fmt.Fprintf(std.err, "; as %s", o.identity)
	}
	if text := unenforcedText(plan); text != "" {
		fmt.Fprintf(std.err, "; if the bucket policy isn't enforced, %s", text)
	}
	if len(plan.Buckets) > 0 {
		fmt.Fprintf(std.err, "; creates and deletes the buckets %s", strings.Join(plan.Buckets, ", "))
	}
	fmt.Fprintln(std.err)
	return ask(ctx, "continue?", o.yes, std)
}

// unenforcedText says what a run locks in addition if the server doesn't enforce
// the bucket policy.
func unenforcedText(plan prove.Plan) string {
	var parts []string
	if plan.Ceiling > 0 {
		parts = append(parts, fmt.Sprintf("%d of them in %s mode for %d days, until %s",
			plan.AboveCeiling, plan.Mode, plan.Ceiling, plan.CeilingUntil.Format(time.DateOnly)))
	}
	if plan.WithoutEnd > 0 {
		parts = append(parts, fmt.Sprintf("%d under an event hold, without an end", plan.WithoutEnd))
	}
	return strings.Join(parts, ", and ")
}

func retentionText(r settings.Retention) string {
	if r.TotalDays() == 0 {
		return "no default retention"
	}
	return fmt.Sprintf("default retention %s for %s", r.Mode, r)
}
