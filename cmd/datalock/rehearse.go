package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"datalock/internal/audit"
	"datalock/internal/jsiihost"
	"datalock/internal/project"
	"datalock/internal/rehearse"
	"datalock/internal/rehearse/local"
	"datalock/internal/report"
	"datalock/settings"

	"github.com/spf13/cobra"
)

// rehearseOptions are the flags of rehearse.
type rehearseOptions struct {
	reportOptions
	stacks   []string
	endpoint string
	keep     string
	adopt    string
	quick    bool
	yes      bool
}

func newRehearse(std streams) *cobra.Command {
	var o rehearseOptions
	cmd := &cobra.Command{
		Use:   "rehearse [STACK...]",
		Short: "Deploy the stacks to a local S3 server and attack them",
		Long: `Rehearse deploys the named stacks in cdktf.json, or all of them, to a local S3
server that enforces Object Lock. It runs the trials against each bucket and
writes report.html, report.md, report.json and an in-toto statement of the result.
It also runs the controls, which must succeed: the same attack in a bucket without the
guard or, for trials that send an invalid request, a valid request. It needs no AWS
account and doesn't change your Terraform state, your backend or cdktf.out.

The server is built from source when it is first needed. Rehearse uses the
terraform or tofu on PATH. If there is none, it installs Terraform in your cache
folder. It installs the AWS provider from the mirror in DATALOCK_PROVIDER_MIRROR, or
as your terraform is configured to. If that fails, it uses the first mirror in the
folders that Terraform searches, or in /opt.
` + exitHelp + ", or the settings have a mistake",
		Example: `  go run ./cmd/datalock rehearse
  go run ./cmd/datalock rehearse ai-dataset --report evidence
  go run ./cmd/datalock rehearse --endpoint https://s3.example.org --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.stacks = args
			return runRehearse(cmd.Context(), o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.endpoint, "endpoint", "",
		"`URL` of another S3 server, used with the credentials of your environment")
	o.addTo(cmd, "default: 0 on the local server, 1m at --endpoint")
	flags.StringVar(&o.keep, "keep", "",
		"`folder` for the server's data and the Terraform state, which is kept for the next rehearsal")
	flags.StringVar(&o.adopt, "adopt", "",
		"`file` with the JSON of datalock adopt: make this bucket first, and rehearse that the stack imports it")
	flags.BoolVar(&o.quick, "quick", false,
		"leave out the lifecycle configuration, for which the AWS provider waits 55 seconds")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before locking objects on the server at --endpoint")
	return cmd
}

func runRehearse(ctx context.Context, o rehearseOptions, std streams) error {
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	adoption, err := o.adoption(p)
	if err != nil {
		return err
	}
	if o.stacks, err = p.Stacks(o.stacks); err != nil {
		return err
	}
	cache, err := cacheFolder()
	if err != nil && o.endpoint == "" { // where it is for Terraform alone, if there is none
		return err
	}
	if err := o.check(ctx); err != nil {
		return err
	}
	screen := newScreen(std.err)
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	if err := jsiihost.CheckTemp(); err != nil {
		return err
	}
	options := rehearse.Options{
		Settings: p.Settings, Text: p.Text, Stacks: o.stacks, Project: ".", Cache: cache, Keep: o.keep, Quick: o.quick,
		Adoption: adoption, Synthesiser: rehearse.NewSynthesiser(std.err, p.Context), Progress: screen,
		Watch: o.watchOf(0),
	}
	defer options.Synthesiser.Close()
	if o.endpoint != "" {
		if options.Remote, err = remoteAt(ctx, o, p.Settings.Region); err != nil {
			return err
		}
		options.Watch = o.watchOf(defaultWatch)
		if err := askToRehearse(ctx, o, options, std); err != nil {
			return err
		}
	}
	if options.Folder, err = report.Open(o.dir); err != nil {
		return err
	}
	rehearsed, err := rehearse.Run(ctx, options)
	screen.end()
	if err != nil {
		err = interrupted(ctx, err)
	}
	return o.deliver(ctx, options.Folder, rehearsed, err, screen, std)
}

func remoteAt(ctx context.Context, o rehearseOptions, region string) (*rehearse.Remote, error) {
	if err := checkEndpoint(o.endpoint); err != nil {
		return nil, err
	}
	keys, err := credentials(ctx, region)
	if err != nil {
		return nil, err
	}
	return &rehearse.Remote{URL: o.endpoint, Credentials: keys, CAFile: os.Getenv("AWS_CA_BUNDLE")}, nil
}

// checkEndpoint refuses anything but the URL of a server.
func checkEndpoint(endpoint string) error {
	if settings.IsEndpoint(endpoint) {
		return nil
	}
	return fmt.Errorf("--endpoint %q: must be the URL of an S3 server, such as https://s3.example.org "+
		"or http://127.0.0.1:9000", endpoint)
}

func askToRehearse(ctx context.Context, o rehearseOptions, options rehearse.Options, std streams) error {
	for _, stack := range options.Stacks {
		for _, plan := range rehearse.PlanFor(options.Settings, stack, o.endpoint, time.Now()) {
			fmt.Fprintf(std.err, "stack %s on %s: creates %s\n", stack, o.endpoint, planText(plan))
		}
	}
	return ask(ctx, "continue?", o.yes, std)
}

// planText says what a rehearsal creates in one bucket, and what of it stays.
func planText(plan rehearse.PartPlan) string {
	bucket := "a bucket"
	if plan.Kind != audit.Data {
		bucket = "the " + plan.Kind.Says()
	}
	text := fmt.Sprintf("%s that can't be deleted, with up to %d objects (%d bytes in total), ",
		bucket, plan.Objects, plan.Bytes)
	if plan.Until.IsZero() {
		text += "not locked, whose deletion the bucket policy denies"
	} else {
		text += fmt.Sprintf("most of them locked in %s mode until %s", plan.Mode, plan.Until.Format(time.DateOnly))
	}
	if unenforced := unenforcedText(plan.Plan); unenforced != "" {
		text += "; if the server doesn't enforce the bucket policy, " + unenforced
	}
	return text + fmt.Sprintf("; creates and deletes %d buckets without Object Lock or policy", len(plan.Buckets))
}

// cacheFolder returns the folder of what is built and downloaded once. It is
// below XDG_CACHE_HOME on every system, if that is set.
func cacheFolder() (string, error) {
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "datalock"), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find your cache folder: %w; %s", err, local.CacheFix)
	}
	return filepath.Join(dir, "datalock"), nil
}
