package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"datalock/internal/check"
	"datalock/internal/preflight"
	"datalock/internal/project"
	"datalock/settings"

	"github.com/spf13/cobra"
)

// checkOptions are the flags of check.
type checkOptions struct {
	files   []string
	format  string
	json    bool
	only    []string
	project string
}

const checkExitHelp = `
Exit codes:
  0  no findings
  1  something couldn't be judged
  2  there are findings, or the settings have a mistake`

func newCheck(std streams) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check PLAN...",
		Short: "Stop a Terraform plan that would harm locked data",
		Long: `Check reads plans, the output of terraform show -json or tofu show -json, or
synthesized stacks (cdk.tf.json), and finds what would destroy, unlock or expose
locked data. "-" is standard input. It doesn't run Terraform and changes nothing.

It judges what a plan changes and what it leaves as it is. A stack doesn't show
what was there before, so check judges only what it declares. docs/plancheck.md
lists the rules. Exceptions in cdktf.json allow findings until a given day.
` + checkExitHelp,
		Example: `  terraform -chdir=cdktf.out/stacks/ai-dataset plan -out=plan
  terraform -chdir=cdktf.out/stacks/ai-dataset show -json plan | go run ./cmd/datalock check -
  terraform -chdir=cdktf.out/stacks/ai-dataset apply plan
  go run ./cmd/datalock check cdktf.out/stacks/*/cdk.tf.json
  go run ./cmd/datalock check plan.json --format sarif > findings.sarif`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.files = args
			return runCheck(o, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.format, "format", string(check.Text),
		"output `format`: text, json, github (annotations), sarif (code scanning) or markdown (a pull request comment)")
	flags.BoolVar(&o.json, "json", false, "the same as --format json")
	flags.StringArrayVar(&o.only, "only", nil,
		"`pattern` of addresses to judge, instead of check.scope in cdktf.json; can be repeated")
	flags.StringVar(&o.project, "project", ".",
		"`folder` with cdktf.json, which has exceptions, scope and expected volumes")
	return cmd
}

func runCheck(o checkOptions, std streams) error {
	if len(o.files) == 0 {
		return errors.New(`check: pass a plan, the output of terraform show -json, or "-" for standard input`)
	}
	format := check.Format(o.format)
	if o.json {
		format = check.JSON
	}
	if !format.Valid() {
		return fmt.Errorf("check: --format %q: must be one of %v", o.format, check.Formats)
	}
	declared, past, source, err := settingsIn(o.project)
	if err != nil {
		return err
	}
	gate := check.NewGate(check.Rules(), check.Options{Settings: declared, Past: past, Only: o.only, Now: time.Now()})
	for _, file := range o.files {
		judge(gate, file, std)
	}
	report := gate.Report()
	failed := report.Write(std.out, format, source)
	if failed != nil {
		failed = fmt.Errorf("print the findings: %w", failed)
	}
	switch {
	case !report.Judged():
		return errors.Join(errors.New("check: not passed: some files could not be judged"), failed)
	case report.Found() > 0:
		return errors.Join(errFound, failed)
	}
	return failed
}

func judge(gate *check.Gate, file string, std streams) {
	if file == "-" {
		gate.Judge(file, std.in)
		return
	}
	f, err := os.Open(file)
	if err != nil {
		gate.Unjudged(file, err)
		return
	}
	defer f.Close() // it was only read
	gate.Judge(file, f)
}

// settingsIn reads the settings of a project and the evidence that its stacks
// were deployed before. A folder without a cdktf.json has no settings. A
// missing folder and a cdktf.json with a mistake are errors.
func settingsIn(dir string) (declared settings.Settings, past map[string]check.Past, source string, err error) {
	switch info, err := os.Stat(dir); {
	case err != nil:
		return declared, nil, "", fmt.Errorf("check: --project %s: %w; pass the folder with your cdktf.json", dir, cause(err))
	case !info.IsDir():
		return declared, nil, "", fmt.Errorf("check: --project %s: not a folder; pass the folder with your cdktf.json", dir)
	}
	file := filepath.Join(dir, project.File)
	_, err = os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && os.Getenv(project.ContextVariable) == "":
		return declared, nil, "", nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return declared, nil, "", fmt.Errorf("read the settings: %w", err)
	}
	p, err := project.Load(dir, os.Getenv)
	if errors.Is(err, settings.ErrNoSettings) {
		return declared, nil, filepath.ToSlash(file), nil
	}
	if err != nil {
		return declared, nil, "", fmt.Errorf("read the settings: %w", err)
	}
	return p.Settings, pastIn(dir, p), filepath.ToSlash(file), nil
}

// pastIn returns the evidence in a project's folder that its stacks were
// deployed before.
func pastIn(dir string, p project.Project) map[string]check.Past {
	outdir := p.Outdir
	if !filepath.IsAbs(outdir) {
		outdir = filepath.Join(dir, outdir)
	}
	all := map[string]check.Past{}
	for _, stack := range p.Settings.Stacks() {
		all[stack] = check.Past(preflight.PastOf(p.Settings, stack, dir, outdir))
	}
	return all
}

// cause returns the cause of a path error, without the path.
func cause(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}
