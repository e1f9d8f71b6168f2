package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"datalock/internal/adopt"
	"datalock/settings"

	"github.com/spf13/cobra"
)

// adoptOptions are the flags of adopt.
type adoptOptions struct {
	s3Flags
	bucket    string
	stack     string
	inventory string
	// encryption is AES256, the ARN of a key, or empty.
	encryption string
	config     bool
	rate       float64
	json       bool
	write      bool
}

func newAdopt(std streams) *cobra.Command {
	var o adoptOptions
	cmd := &cobra.Command{
		Use:   "adopt BUCKET",
		Short: "Take over an existing bucket: list what would change, and add it to cdktf.json",
		Long: `Adopt reads an existing bucket and lists what its stack would add, change and leave
as it is, what can't be undone, and how many versions have no lock. It doesn't
change the bucket.

With --write it adds the bucket to cdktf.json, with the configurations to import,
the statements of the bucket policy and the tags. The rest of the file stays as it
is. terraform plan then shows imports, additions and changes.

Without --write, and with a --stack that cdktf.json declares, it compares the bucket
with the settings of that stack. docs/adopt.md has the steps.

Exit codes:
  0  everything was read, and the bucket can be adopted
  1  something is unknown or couldn't be read; nothing was written
  2  the settings would have mistakes; nothing was written`,
		Example: `  datalock adopt acme-data
  datalock adopt acme-data --stack data --write
  datalock adopt acme-data --json > adoption.json && datalock rehearse data --adopt adoption.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || strings.Contains(args[0], "/") {
				return errors.New("adopt: pass one bucket, such as adopt acme-data")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.bucket = args[0]
			return runAdopt(cmd.Context(), o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.stack, "stack", "",
		"`name` of the bucket's stack (default: the stack that has the bucket, or the bucket's name, with - for each dot)")
	flags.StringVar(&o.inventory, "inventory", "",
		"S3 Inventory report to read the versions from: its `manifest` or, for the newest, its configuration's folder")
	flags.BoolVar(&o.config, "configuration", false, "read only the configuration, not the versions")
	flags.Float64Var(&o.rate, "rate", 100, "maximum `number` of versions to read per second; 0 for no limit")
	flags.BoolVar(&o.json, "json", false, "print a JSON document on stdout")
	flags.StringVar(&o.encryption, "encryption", "",
		"default encryption to write: `AES256 or the ARN` of an AWS KMS key (default: the bucket's)")
	flags.BoolVar(&o.write, "write", false, "add the bucket to cdktf.json")
	o.add(cmd)
	return cmd
}

func runAdopt(ctx context.Context, o adoptOptions, std streams) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	if err := o.check(); err != nil {
		return err
	}
	file, err := openAdoptFile(ctx, o)
	if err != nil {
		return err
	}
	o.s3Flags = file.server(o.s3Flags)
	environment, err := o.reader(ctx)
	if err != nil {
		return err
	}
	screen := newScreen(std.err)
	defer screen.end()
	screen.Step("read", o.bucket)
	is, unknown, err := adopt.Read(ctx, adopt.Config{
		S3: o.from(environment), Bucket: o.bucket, Inventory: o.inventory, SkipVersions: o.config, Jobs: o.jobs, Rate: o.rate,
		Progress: func(n int64) { screen.Doing(count(n, "version")) },
	})
	if err != nil {
		return interrupted(ctx, err)
	}
	screen.Done(o.bucket)
	screen.end()
	report, text, err := file.plan(is, unknown)
	if err := o.print(report, std); err != nil {
		return err
	}
	switch {
	case err != nil:
		return err
	case len(unknown) > 0:
		return errors.New("adopt: not everything could be read; nothing was written")
	case !o.write:
		return nil
	}
	if err := adopt.Write(file.path, file.text, text); err != nil {
		return fmt.Errorf("write the bucket into %s: %w", file.path, err)
	}
	fmt.Fprintf(std.err, "added the stack %s to %s; next: go run . && cdktf diff %s\n", file.stack, file.path, file.stack)
	return nil
}

// check refuses flags that don't go together.
func (o *adoptOptions) check() error {
	switch {
	case o.rate < 0:
		return fmt.Errorf("--rate %v: must be 0 or more", o.rate)
	case o.config && o.inventory != "":
		return errors.New("--configuration: reads no versions; leave out --inventory")
	case o.encryption != "" && o.encryption != string(settings.AES256) && !adopt.IsKeyARN(o.encryption):
		return fmt.Errorf("--encryption %q: must be %s or the ARN of an AWS KMS key", o.encryption, settings.AES256)
	}
	return nil
}

func (o *adoptOptions) print(r adopt.Report, std streams) error {
	write := r.WriteText
	if o.json {
		write = r.WriteJSON
	}
	if err := write(std.out); err != nil {
		return fmt.Errorf("print what was read: %w", err)
	}
	return nil
}
