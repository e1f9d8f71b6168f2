package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"datalock/internal/project"
	"datalock/internal/rolepolicy"
	"datalock/settings"

	"github.com/spf13/cobra"
)

func newRolePolicy(std streams) *cobra.Command {
	var phase string
	cmd := &cobra.Command{
		Use:   "role-policy STACK",
		Short: "Print the IAM policy of a role that deploys a stack or uses its datasets",
		Long: `Role-policy reads a synthesized stack and prints a least-privilege IAM policy for a
role that deploys it, as JSON. There are three phases: plan only reads, but for the
state's lock file; create is for the first apply, for changes of the retention, to
add evidence, batch, replica or dataEvents, and for aws:kms with a key that the stack
creates; change is for everything else, and denies actions that would undo the lock.
Three more phases are for datasets in the bucket: publish uploads them, verify reads
them, renew lengthens their locks.
Three are for S3 Batch Operations: renew-batch, verify-at-rest and backfill.
Audit reads the bucket's configuration and the locks of its versions.

Adopt is for datalock adopt: name the bucket instead of a stack, because there is
no stack yet.

Exit codes:
  0  printed
  1  the stack couldn't be read
  2  the settings have a mistake`,
		Example: "  go run . && go run ./cmd/datalock role-policy ai-dataset --phase plan > plan-role.json\n" +
			"  datalock role-policy acme-data --phase adopt",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("role-policy: pass one stack, such as role-policy ai-dataset")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return runRolePolicy(args[0], rolepolicy.Phase(phase), std)
		},
	}
	cmd.Flags().StringVar(&phase, "phase", string(rolepolicy.Create),
		"`phase` of the role: plan, create, change, publish, verify, renew, renew-batch, verify-at-rest, backfill, audit "+
			"or adopt")
	return cmd
}

func runRolePolicy(stack string, phase rolepolicy.Phase, std streams) error {
	if phase == rolepolicy.Adopt {
		fmt.Fprintln(std.out, rolepolicy.AdoptPolicy(stack, regionForAdoption()).Indented())
		return nil
	}
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	if _, err := p.Stacks([]string{stack}); err != nil {
		return err
	}
	path := filepath.Join(p.Outdir, "stacks", stack, "cdk.tf.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no %s; run `go run .` first", path)
	}
	if err != nil {
		return fmt.Errorf("read the synthesized stack: %w", err)
	}
	policy, err := rolepolicy.Policy(text, phase)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintln(std.out, policy.Indented())
	return nil
}

// regionForAdoption returns the Region that the settings or the environment name,
// which decides about the partition in ARNs. A file without a bucket has a
// mistake that doesn't matter here.
func regionForAdoption() string {
	if text, err := os.ReadFile(project.File); err == nil {
		file, _ := settings.DecodeFile(text, "")
		return file.Settings.Region
	}
	return os.Getenv("AWS_REGION")
}
