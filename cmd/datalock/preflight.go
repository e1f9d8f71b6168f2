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
	// Init runs terraform or tofu init too, and explains its errors.
	Init bool
	// JSON prints the report as JSON on stdout.
	JSON bool
}

func newPreflight(std streams) *cobra.Command {
	var opts PreflightOptions
	cmd := &cobra.Command{
		Use:   "preflight [STACK…]",
		Short: "Check that the backend is ready for a deploy",
		Long: `Preflight checks the backend of the named stacks, or of all stacks. For HCP
Terraform it checks the API token, the organization, and each workspace with its
execution mode and credentials. For S3 it checks the state's bucket, with its
versioning, encryption and public access, and the permissions of the current
credentials. It warns if a stack that was deployed before has an empty state. It
changes nothing.

With --init, if nothing is wrong, it then runs terraform init in the stacks' folders
(tofu init if there is no terraform, or if OpenTofu wrote .terraform.lock.hcl), and
explains a known error in one line.

Exit codes:
  0  nothing is wrong; warnings and unknowns are printed
  1  it couldn't check everything; what it found is printed
  2  something is wrong; each line says how to fix it`,
		RunE: func(cmd *cobra.Command, stacks []string) error {
			return runPreflight(cmd.Context(), opts, stacks, std)
		},
	}
	cmd.Flags().BoolVar(&opts.Init, "init", false, "run terraform or tofu init as well")
	cmd.Flags().BoolVar(&opts.JSON, "json", false, "print the report as JSON on stdout")
	return cmd
}

func runPreflight(ctx context.Context, opts PreflightOptions, stacks []string, std streams) error {
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	if stacks, err = p.Stacks(stacks); err != nil {
		return err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return fmt.Errorf("find the home folder: %w", err)
	}
	env := preflight.Environment{Variables: os.Environ(), Home: home, Dir: ".", Outdir: p.Outdir}
	report, err := preflight.Ask(ctx, p.Settings, stacks, env)
	if err == nil && opts.Init && len(report.Findings) == 0 {
		err = initializeAll(ctx, &report, stacks, p.Outdir, std)
	}
	if err := printPreflight(report, opts.JSON, std); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return errFound
	}
	return nil
}

// printPreflight prints the report, even if something stopped the checks.
func printPreflight(report preflight.Report, asJSON bool, std streams) error {
	if asJSON {
		if err := json.NewEncoder(std.out).Encode(report); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
	}
	for _, line := range report.Ready {
		fmt.Fprintln(std.err, "ready  "+line)
	}
	words := map[preflight.NoteKind]string{
		preflight.Warning: "WARNING", preflight.Unknown: "unknown", preflight.Info: "note ",
	}
	for _, note := range report.Notes {
		fmt.Fprintln(std.err, words[note.Kind]+"  "+note.String())
	}
	for _, finding := range report.Findings {
		fmt.Fprintln(std.err, "wrong  "+finding.String())
	}
	return nil
}

// initializeAll initializes the stacks; an error that stops it is in the report
// too.
func initializeAll(ctx context.Context, report *preflight.Report, stacks []string, outdir string, std streams) error {
	for _, stack := range stacks {
		if err := initialize(ctx, report, stack, filepath.Join(outdir, "stacks", stack), std); err != nil {
			report.Stopped = err.Error()
			return err
		}
	}
	return nil
}

// initialize runs init in a stack's folder. A known error becomes a finding;
// any other is printed unchanged.
func initialize(ctx context.Context, report *preflight.Report, stack, dir string, std streams) error {
	if _, err := os.Stat(filepath.Join(dir, "cdk.tf.json")); err != nil {
		return fmt.Errorf("stack %s isn't synthesized in %s; run `go run .` first", stack, dir)
	}
	tool, err := initTool(dir)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, tool, "init", "-input=false", "-no-color")
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
	return fmt.Errorf("%s init in %s: %w", filepath.Base(tool), dir, err)
}

// initTool returns the path of terraform, or else of tofu; tofu comes first if
// OpenTofu wrote the stack's lock file.
func initTool(dir string) (string, error) {
	tools := []string{"terraform", "tofu"}
	if locked, err := os.ReadFile(filepath.Join(dir, ".terraform.lock.hcl")); err == nil &&
		strings.Contains(string(locked), `"registry.opentofu.org/`) {
		slices.Reverse(tools)
	}
	for _, tool := range tools {
		if path, err := exec.LookPath(tool); err == nil {
			return path, nil
		}
	}
	return "", errors.New("neither terraform nor tofu is on PATH; install one first")
}
