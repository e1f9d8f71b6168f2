package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"datalock/internal/prove"
	"datalock/internal/rehearse"
	"datalock/internal/report"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"
)

// proveOptions are the command line of prove.
type proveOptions struct {
	bucket, endpoint, region string
	report                   string
	json, yes                bool
	scratch, teeth           bool
}

func newProve(std streams) *cobra.Command {
	var o proveOptions
	cmd := &cobra.Command{
		Use:   "prove --bucket NAME",
		Short: "Attack a bucket that exists, on AWS or on another S3 server",
		Long: `Prove runs the trials against a bucket that exists, with the credentials of your
environment, and writes report.html, report.md and report.json.

The trials write small objects, which S3 locks for the bucket's default
retention: nobody can delete them before it ends. So it says first how many they
are, how large, and until when, and asks. Trials that change the bucket itself
run only with --scratch, on a bucket that is given up for it. With --teeth each
attack is also tried where it must succeed: in three buckets without Object Lock,
versioning or policy, which are made for it and removed again.
` + exitHelp,
		Example: `  go run ./cmd/datalock prove --bucket my-dataset --region eu-central-1
  go run ./cmd/datalock prove --bucket test --endpoint http://127.0.0.1:9000 --scratch --teeth --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runProve(cmd.Context(), o, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.bucket, "bucket", "", "`name` of the bucket (required)")
	flags.StringVar(&o.endpoint, "endpoint", "", "`URL` of an S3 server, AWS where none is named")
	flags.StringVar(&o.region, "region", "", "AWS `Region` of the bucket (default: AWS_REGION, or us-east-1)")
	flags.StringVar(&o.report, "report", defaultReport, "`folder` to write the report to")
	flags.BoolVar(&o.json, "json", false, "print report.json on standard output too")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before objects are locked")
	flags.BoolVar(&o.scratch, "scratch", false, "run the trials too that change the bucket itself")
	flags.BoolVar(&o.teeth, "teeth", false, "try each attack too where it must succeed")
	return cmd
}

func runProve(ctx context.Context, o proveOptions, std streams) error {
	if o.bucket == "" {
		return errors.New("prove: name the bucket in --bucket")
	}
	if o.endpoint != "" {
		if err := checkEndpoint(o.endpoint); err != nil {
			return err
		}
	}
	if err := report.CanWrite(o.report); err != nil {
		return err
	}
	if o.region == "" {
		if o.region = os.Getenv("AWS_REGION"); o.region == "" {
			o.region = "us-east-1"
		}
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	c, err := proveConfig(ctx, o)
	if err != nil {
		return interrupted(ctx, err)
	}
	if err := askToProve(o, c, std); err != nil {
		return err
	}
	screen := newScreen(std.err)
	defer screen.end()
	proven := report.Report{Schema: report.Schema, Kind: report.Proof, Started: time.Now().UTC(), Tool: report.ToolNow()}
	c.Progress = screen.Trial
	screen.Stack(o.bucket, retentionText(c.Expected))
	screen.Step("trials", "the attacks")
	outcome, err := prove.Run(ctx, c)
	if err != nil {
		return fmt.Errorf("%w; what was written until then is below datalock-trials/%s, for as long as it is locked", interrupted(ctx, err), c.Run)
	}
	subject := report.Subject{
		Bucket: o.bucket, Region: o.region, Guards: c.Guards.Declared,
		Retention: report.Retention{Mode: string(c.Expected.Mode), Days: c.Expected.TotalDays()},
		Server:    report.Server{Endpoint: o.endpoint, Kind: rehearse.KindOf(o.endpoint)},
	}
	subject.Fill(outcome)
	proven.Subjects, proven.Passed, proven.Ended = []report.Subject{subject}, subject.OK(), time.Now().UTC()
	screen.Done(rehearse.Summary(subject.Counts))
	screen.end()
	return deliver(proven, o.report, o.json, screen, std, proven.Ended.Sub(proven.Started))
}

// proveConfig reads of the bucket what its trials must expect.
func proveConfig(ctx context.Context, o proveOptions) (prove.Config, error) {
	keys, err := credentials(ctx, o.region)
	if err != nil {
		return prove.Config{}, err
	}
	c := prove.Config{
		Endpoint: prove.Endpoint{URL: o.endpoint, Region: o.region, Credentials: map[prove.Principal]aws.CredentialsProvider{prove.Owner: keys}},
		Bucket:   o.bucket, Scratch: o.scratch, Controls: o.teeth, Run: prove.NewRun(time.Now()),
	}
	if file := os.Getenv("AWS_CA_BUNDLE"); file != "" && strings.HasPrefix(o.endpoint, "https:") {
		pem, err := os.ReadFile(file)
		if err != nil {
			return c, fmt.Errorf("read the certificates that AWS_CA_BUNDLE names: %w", err)
		}
		c.Endpoint.RootCAs = x509.NewCertPool()
		c.Endpoint.RootCAs.AppendCertsFromPEM(pem)
	}
	c.Expected, c.Guards, err = prove.Survey(ctx, c.Endpoint, o.bucket)
	return c, err
}

func askToProve(o proveOptions, c prove.Config, std streams) error {
	plan := prove.PlanOf(c, time.Now())
	fmt.Fprintf(std.err, "bucket %s: %d trials write up to %d objects of %d bytes in all below datalock-trials/%s", o.bucket, plan.Trials, plan.Objects, plan.Bytes, c.Run)
	if plan.Mode != "" {
		fmt.Fprintf(std.err, ", locked in %s mode until %s, one until %s", plan.Mode, plan.Until.Format(time.DateOnly), plan.Longest.Format(time.DateOnly))
	}
	if plan.Ceiling > 0 {
		fmt.Fprintf(std.err, "; were the bucket policy not enforced, two for %d days", plan.Ceiling)
	}
	if len(plan.Buckets) > 0 {
		fmt.Fprintf(std.err, "; makes and removes the buckets %s", strings.Join(plan.Buckets, ", "))
	}
	fmt.Fprintln(std.err)
	return ask("go on?", o.yes, std)
}

func retentionText(r settings.Retention) string {
	if r.TotalDays() == 0 {
		return "it has no default retention"
	}
	return fmt.Sprintf("default retention %s for %s", r.Mode, r)
}
