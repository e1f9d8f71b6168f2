// Command datalock tests immutable buckets and checks Terraform plans. It
// rehearses a deploy on a local S3 server, attacks existing buckets, checks
// plans, and prepares a deploy. It never changes the user's Terraform state.
//
// docs/exit-codes.md lists the exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"datalock/internal/jsiihost"
	"datalock/internal/printable"
	"datalock/internal/project"
	"datalock/internal/report"
	"datalock/settings"

	"github.com/spf13/cobra"
)

// The exit codes of every command, and of the app.
const (
	exitOK     = 0
	exitFailed = 1
	exitFound  = 2
)

// exitHelp is for the commands that run trials.
const exitHelp = `
Exit codes:
  0  every trial that applies held
  1  the run didn't finish, or a trial is inconclusive
  2  a trial was breached (its attack succeeded)`

// errFound is returned if a command ran, found something wrong, and printed it.
var errFound = errors.New("something wrong was found")

// errTold is returned if a run proves nothing. The reason has already been
// printed.
var errTold = errors.New("inconclusive")

// streams are the standard streams of the process.
type streams struct {
	in, err *os.File
	out     io.Writer
}

func init() {
	cobra.AddTemplateFunc("node", nodeLine)
	cobra.AddTemplateFunc("tool", func() string { return report.ToolNow().String() })
}

func main() {
	os.Exit(run(context.Background(), os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

func run(ctx context.Context, args []string, std streams) int {
	root := newRoot(std)
	root.SetArgs(args)
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if rest := untold(err); rest != nil {
		fmt.Fprintf(std.err, "datalock: %s\n", printable.Lines(rest.Error()))
	}
	if errors.Is(err, errFound) || !errors.Is(err, errTold) && isMistake(err) {
		return exitFound
	}
	return exitFailed
}

// untold returns what of an error wasn't printed yet: a run that found something
// may also have failed, for example to write its report.
func untold(err error) error {
	if !errors.Is(err, errFound) && !errors.Is(err, errTold) {
		return err
	}
	var rest error
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, one := range joined.Unwrap() {
			rest = errors.Join(rest, untold(one))
		}
	}
	return rest
}

// isMistake reports whether a mistake in the settings caused an error.
func isMistake(err error) bool {
	var (
		inProject *project.SettingsError
		inBucket  settings.Mistakes
	)
	return errors.As(err, &inProject) || errors.As(err, &inBucket)
}

const rootHelp = `Datalock tests immutable buckets, checks Terraform plans before they harm locked
data, and prepares a deploy.

Synthesize the stacks with "go run ." and deploy them with Terraform or cdktf.
This tool never changes your Terraform state.

Exit codes, in every command:
  0  nothing wrong was found
  1  it couldn't finish, or couldn't judge something
  2  something wrong was found: a mistake in the settings, a breached trial, a plan
     that harms locked data, a backend that isn't ready`

func newRoot(std streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "datalock",
		Short:         "Test immutable buckets and check Terraform plans",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		// For an unknown command, Cobra would print the help and exit with 0,
		// which a script could mistake for a passed check.
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			text := fmt.Sprintf("unknown command %q", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				text += fmt.Sprintf("; did you mean %q?", near[0])
			}
			return errors.New(text + "; datalock --help lists the commands")
		},
		// The PreRunE of a command checks its flags too. If one is wrong, Cobra would
		// not call it.
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			wrong := flagMistakes(cmd)
			if wrong != nil && cmd.PreRunE != nil {
				wrong = errors.Join(wrong, cmd.PreRunE(cmd, args))
			}
			return wrong
		},

		Args:    cobra.ArbitraryArgs,
		Version: report.Built().Version,
	}
	root.SetVersionTemplate("{{tool}}\n{{node}}\n")
	root.SuggestionsMinimumDistance = 2
	addGroup(root, "declare", "Declare and test:", newRehearse(std), newClient(std), newProve(std), newCheck(std))
	addGroup(root, "datasets", "Datasets:", newPublish(std), newVerify(std), newRenew(std), newBackfill(std), newList(std))
	addGroup(root, "operate", "Operate:", newPreflight(std), newAudit(std), newAdopt(std), newRolePolicy(std))
	return root
}

// addGroup adds commands that the help lists together.
func addGroup(root *cobra.Command, id, title string, verbs ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: id, Title: title})
	for _, verb := range verbs {
		verb.GroupID = id
		root.AddCommand(verb)
	}
}

// nodeLine returns the version of the Node.js that cdktf uses, with a note if it
// is past its end of life. Only --version prints it.
func nodeLine() string {
	node, err := jsiihost.Find(context.Background())
	if err != nil {
		return err.Error()
	}
	if note := node.Note(time.Now()); note != "" {
		return note
	}
	return "node " + node.Version
}
