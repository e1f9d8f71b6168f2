package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"datalock/internal/jsiihost"
	"datalock/internal/project"
	"datalock/internal/rehearse"
	"datalock/internal/report"

	"github.com/spf13/cobra"
)

// rehearseOptions are the command line of rehearse.
type rehearseOptions struct {
	reportOptions
	stacks   []string
	endpoint string
	keep     string
	quick    bool
	yes      bool
}

func newRehearse(std streams) *cobra.Command {
	var o rehearseOptions
	cmd := &cobra.Command{
		Use:   "rehearse [STACK...]",
		Short: "Deploy the declared stacks on a local S3 server and attack them",
		Long: `Rehearse deploys the stacks that cdktf.json declares, all or those named, on a
local S3 server that enforces Object Lock, runs the trials against each bucket,
and writes report.html, report.md, report.json and an in-toto statement of the
outcome. Each attack is also tried where it must succeed. It needs no AWS
account. Your Terraform state, your backend and cdktf.out are not touched.

The server is built from its sources when it is first needed. Terraform is the
terraform or tofu on PATH; where there is none it is installed into your cache
folder. The AWS provider comes from the mirror in the folder that
DATALOCK_PROVIDER_MIRROR names, or from where your terraform gets it; if it can't
get it, from the first mirror in the folders that Terraform looks in, or in /opt.
` + exitHelp,
		Example: `  go run ./cmd/datalock rehearse
  go run ./cmd/datalock rehearse ai-dataset --report evidence
  go run ./cmd/datalock rehearse --endpoint https://s3.example.org --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.stacks = args
			return runRehearse(cmd.Context(), o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.endpoint, "endpoint", "", "`URL` of another S3 server to rehearse on, with the credentials of your environment")
	o.addTo(cmd, "default: 0 on the local server, 1m at --endpoint")
	flags.StringVar(&o.keep, "keep", "", "`folder` to work in and to keep, with the server's data and the Terraform state; the next rehearsal there goes on")
	flags.BoolVar(&o.quick, "quick", false, "leave the lifecycle configuration out: the AWS provider waits 55 seconds for it")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before objects are locked on the server at --endpoint")
	return cmd
}

func runRehearse(ctx context.Context, o rehearseOptions, std streams) error {
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	text, err := settingsText()
	if err != nil {
		return err
	}
	cache, err := cacheFolder()
	if err != nil {
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
		Settings: p.Settings, Text: text, Stacks: o.stacks, Project: ".", Cache: cache, Keep: o.keep, Quick: o.quick,
		Synthesiser: rehearse.NewSynthesiser(std.err, p.Context), Progress: screen, Watch: o.watchOf(0),
	}
	defer options.Synthesiser.Close()
	if o.endpoint != "" {
		if options.Remote, err = remoteAt(ctx, o, p.Settings.Region); err != nil {
			return err
		}
		options.Watch = o.watchOf(defaultWatch)
		if err := askToRehearse(o, options, std); err != nil {
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

// checkEndpoint refuses what is no URL of a server.
func checkEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("--endpoint %q: must be the URL of an S3 server, such as https://s3.example.org or http://127.0.0.1:9000", endpoint)
	}
	return nil
}

func askToRehearse(o rehearseOptions, options rehearse.Options, std streams) error {
	stacks := options.Stacks
	if len(stacks) == 0 {
		stacks = options.Settings.Stacks()
	}
	for _, stack := range stacks {
		if _, ok := options.Settings.Buckets[stack]; !ok {
			continue
		}
		plan := rehearse.PlanFor(options.Settings, stack, time.Now())
		fmt.Fprintf(std.err, "stack %s on %s: makes a bucket that can't be removed again, and in it up to %d objects of %d bytes in all, most locked in %s mode until %s",
			stack, o.endpoint, plan.Objects, plan.Bytes, plan.Mode, plan.Until.Format(time.DateOnly))
		if plan.Ceiling > 0 {
			fmt.Fprintf(std.err, "; were the bucket policy not enforced there, one for %d days", plan.Ceiling)
		}
		fmt.Fprintf(std.err, "; makes and removes %d buckets without Object Lock or policy\n", len(plan.Buckets))
	}
	return ask("go on?", o.yes, std)
}

// settingsText returns the settings as they are written, for the report.
func settingsText() (json.RawMessage, error) {
	var context struct{ Datalock json.RawMessage }
	if text := os.Getenv(project.ContextVariable); text != "" {
		err := json.Unmarshal([]byte(text), &context)
		return context.Datalock, err
	}
	text, err := os.ReadFile(project.File)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	var file struct {
		Context struct{ Datalock json.RawMessage }
	}
	if err := json.Unmarshal(trimBOM(text), &file); err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	return file.Context.Datalock, nil
}

func cacheFolder() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find your cache folder: %w", err)
	}
	return filepath.Join(dir, "datalock"), nil
}
