package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"datalock/internal/preflight"
	"datalock/internal/project"

	"github.com/spf13/cobra"
)

// PreflightOptions are the flags of preflight.
type PreflightOptions struct {
	// Init runs terraform init too, and explains its errors.
	Init bool
	// JSON prints the report as JSON on stdout.
	JSON bool
}

func newPreflight(std streams) *cobra.Command {
	var opts PreflightOptions
	cmd := &cobra.Command{
		Use:   "preflight [STACK…]",
		Short: "Check that the backend is ready for a deploy",
		Long: "Preflight checks the backend of the named stacks, or of all stacks: for HCP\n" +
			"Terraform the API token, the organization, and each workspace with its execution\n" +
			"mode and credentials; for S3 the state's bucket. It changes nothing. With --init\n" +
			"it then runs terraform init in the stacks' folders, and explains a known error in\n" +
			"one line.\n\n" +
			"Exit codes:\n  0  ready\n  1  it could not check\n  2  something is wrong; each line says how to fix it",
		RunE: func(cmd *cobra.Command, stacks []string) error {
			return runPreflight(cmd.Context(), opts, stacks, std)
		},
	}
	cmd.Flags().BoolVar(&opts.Init, "init", false, "run terraform init as well")
	cmd.Flags().BoolVar(&opts.JSON, "json", false, "print the report as JSON on stdout")
	return cmd
}

func runPreflight(ctx context.Context, opts PreflightOptions, stacks []string, std streams) error {
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	if stacks, err = known(p.Settings.Stacks(), stacks); err != nil {
		return err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return fmt.Errorf("find the home folder: %w", err)
	}
	report, err := preflight.Ask(ctx, p.Settings, stacks, preflight.Environment{Variables: os.Environ(), Home: home})
	if err != nil {
		return err
	}
	if opts.Init && len(report.Findings) == 0 {
		for _, stack := range stacks {
			if err := initialize(ctx, &report, stack, filepath.Join(p.Outdir, "stacks", stack), std); err != nil {
				return err
			}
		}
	}
	if opts.JSON {
		if err := json.NewEncoder(std.out).Encode(report); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
	}
	for _, line := range report.Ready {
		fmt.Fprintln(std.err, "ready  "+line)
	}
	for _, finding := range report.Findings {
		fmt.Fprintln(std.err, "wrong  "+finding.String())
	}
	if len(report.Findings) > 0 {
		return errFound
	}
	return nil
}

// known returns the named stacks, or all if none is named, and an error for an
// unknown name.
func known(all, named []string) ([]string, error) {
	if len(named) == 0 {
		return all, nil
	}
	for _, name := range named {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("no stack %s in %s; it declares %s", name, project.File, strings.Join(all, ", "))
		}
	}
	return named, nil
}

// initialize runs terraform init in a stack's folder. A known error becomes a
// finding; any other is printed as Terraform printed it.
func initialize(ctx context.Context, report *preflight.Report, stack, dir string, std streams) error {
	if _, err := os.Stat(filepath.Join(dir, "cdk.tf.json")); err != nil {
		return fmt.Errorf("stack %s isn't synthesized in %s; run `go run .` first", stack, dir)
	}
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		return errors.New("terraform is not on PATH; install it first")
	}
	cmd := exec.CommandContext(ctx, terraform, "init", "-input=false", "-no-color")
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err = cmd.Run(); err == nil {
		return nil
	}
	if finding, ok := preflight.Explain(stack, out.Bytes()); ok {
		report.Findings = append(report.Findings, finding)
		return nil
	}
	_, _ = std.err.Write(out.Bytes())
	return fmt.Errorf("terraform init in %s: %w", dir, err)
}
