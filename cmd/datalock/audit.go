package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"datalock/dataset/signing"
	"datalock/internal/audit"
	"datalock/internal/report"

	"github.com/spf13/cobra"
)

// auditOptions are the flags of audit.
type auditOptions struct {
	s3Flags
	stacks    []string
	bucket    string
	warnDays  int
	inventory string
	config    bool
	rate      float64
	verified  []string
	key       string
	format    string
	json      bool
	report    string

	signer *signing.Key // of the bundles in verified
}

// auditFormats are the output formats.
var auditFormats = []string{"text", "json", "sarif", "markdown"}

func newAudit(std streams) *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use:   "audit [STACK...]",
		Short: "Compare deployed buckets and all their versions with the settings",
		Long: `Audit compares the guards of deployed buckets with the settings of their stacks,
using the rules of check. It also reads every version, and reports versions without
a lock, in a weaker mode, under an event hold or whose lock ends soon, and keys that
a delete marker hides. It doesn't change anything.

Without a STACK it audits all stacks, including their evidence buckets, replicas and
trails, without the versions in these. With --bucket and no STACK it compares any
bucket with Datalock's defaults. With one STACK, --bucket names the stack's bucket:
pass it if Terraform generated the end of the name.

The lock of each version takes a request. For many versions, read them from an S3
Inventory report with --inventory.

What can't be read is unknown, not a pass. docs/audit.md describes the output.

Exit codes:
  0  no findings
  1  no findings, but something is unknown or couldn't be read
  2  there are findings, or the settings have a mistake`,
		Example: `  datalock audit
  datalock audit --bucket acme-data --region eu-central-1
  datalock audit ai-dataset --inventory s3://acme-reports/acme-data/daily/`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.stacks = args
			return runAudit(cmd.Context(), o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.bucket, "bucket", "", "`name` of the bucket")
	flags.IntVar(&o.warnDays, "warn-days", 30, "report locks that end within this `number` of days")
	flags.StringVar(&o.inventory, "inventory", "",
		"S3 Inventory report to read the versions from: its `manifest` or, for the newest, its configuration's folder")
	flags.BoolVar(&o.config, "configuration", false, "compare only the configuration, not the versions")
	flags.Float64Var(&o.rate, "rate", 0, "maximum `number` of versions to read per second (default: no limit)")
	flags.StringArrayVar(&o.verified, "verified", nil,
		"statement or bundle `file` of a verified dataset, from verify --attest or --report; can be repeated")
	flags.StringVar(&o.key, "key", "",
		"key that must have signed the bundles of --verified: a PEM `file`, or awskms:///ARN")
	flags.StringVar(&o.format, "format", "text", "output `format`: text, json, sarif (code scanning) or markdown")
	flags.BoolVar(&o.json, "json", false, "the same as --format json")
	flags.StringVar(&o.report, "report", "", "write a report into this `folder`")
	o.add(cmd)
	return cmd
}

func runAudit(ctx context.Context, o auditOptions, std streams) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	if err := o.check(ctx); err != nil {
		return err
	}
	subjects, err := o.subjects()
	if err != nil {
		return err
	}
	if o.inventory != "" && len(subjects) != 1 {
		return errors.New("--inventory: lists one bucket; pass its STACK, or --bucket")
	}
	verified, err := o.verifications()
	if err != nil {
		return err
	}
	if o.report != "" {
		if err := report.SetAside(o.report); err != nil {
			return err
		}
	}
	screen := newScreen(std.err)
	defer screen.end()
	r := audit.Report{Schema: audit.Schema, Started: time.Now().UTC(), WarnDays: o.warnDays}
	for _, s := range subjects {
		r.Buckets = append(r.Buckets, o.auditOne(ctx, s, verified, screen)...)
		if err := ctx.Err(); err != nil {
			return interrupted(ctx, err)
		}
	}
	screen.end()
	r.Ended = time.Now().UTC()
	r.Check(subjects[0].exceptions, len(o.stacks) == 0 && !o.config) // all subjects have the same
	return o.deliver(r, std)
}

// check refuses flags that don't go together.
func (o *auditOptions) check(ctx context.Context) error {
	if o.json {
		o.format = "json"
	}
	switch {
	case !slices.Contains(auditFormats, o.format):
		return fmt.Errorf("audit: --format %q: must be one of %s", o.format, strings.Join(auditFormats, ", "))
	case o.warnDays < 0:
		return fmt.Errorf("--warn-days %d: must be 0 or more", o.warnDays)
	case o.rate < 0:
		return fmt.Errorf("--rate %v: must be 0 or more", o.rate)
	case o.bucket != "" && len(o.stacks) > 1:
		return errors.New("--bucket: pass one STACK with it, or none")
	case o.config && o.inventory != "":
		return errors.New("--configuration: reads no versions; leave out --inventory")
	}
	if o.key != "" {
		key, err := signing.Load(ctx, o.key)
		if err != nil {
			return fmt.Errorf("--key: %w", err)
		}
		o.signer = key
	}
	if o.report != "" {
		return report.CanWrite(o.report)
	}
	return nil
}

// deliver prints and writes the report. Its error determines the exit code.
func (o *auditOptions) deliver(r audit.Report, std streams) error {
	made := report.NewAudit(r)
	write := map[string]func() error{
		"text":  func() error { return r.WriteText(std.out) },
		"json":  func() error { return r.WriteJSON(std.out) },
		"sarif": func() error { return r.WriteSARIF(std.out, "cdktf.json") },
		"markdown": func() error {
			_, err := std.out.Write(made.Markdown())
			return err
		},
	}[o.format]
	// The findings come first: nothing that fails later may hide them.
	failed := write()
	if failed != nil {
		failed = fmt.Errorf("print the audit: %w", failed)
	}
	if o.report != "" {
		files, err := made.Write(o.report)
		if len(files) > 0 {
			fmt.Fprintf(std.err, "report: %s\n", filepath.ToSlash(files[0]))
		}
		failed = errors.Join(failed, err)
	}
	switch r.Status() {
	case audit.OK:
		return failed
	case audit.Found:
		return errors.Join(errFound, failed)
	}
	return errors.Join(errors.New("audit: not a pass: not everything could be read"), failed)
}
