// Command datalock shows what the declared buckets are worth and guards their
// next change: it rehearses the stacks on an S3 server of its own, attacks a
// bucket that exists, judges plans, and looks at what a deploy needs. It
// changes no Terraform state of the user's.
//
// Exit codes: 0 all is as it must be, 1 could not run, 2 fault was found.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"datalock/internal/jsiihost"
	"datalock/internal/report"

	"github.com/spf13/cobra"
)

// Exit codes; the help of each verb says what they mean there.
const (
	exitOK     = 0
	exitFailed = 1
	exitFound  = 2
)

// exitHelp is for the verbs that run trials.
const exitHelp = `
Exit codes:
  0  everything was refused as it must be
  1  it could not be run
  2  a trial failed, or proves nothing`

// errFound is returned where the run went through and found fault; the fault
// has been told already.
var errFound = errors.New("fault was found")

// streams are the process's, as they were before anything replaced them.
type streams struct {
	in, err *os.File
	out     io.Writer
}

func init() {
	cobra.AddTemplateFunc("node", nodeLine)
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
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFound):
		return exitFound
	}
	fmt.Fprintf(std.err, "datalock: %v\n", err)
	return exitFailed
}

func newRoot(std streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "datalock",
		Short: "Put immutable buckets on trial, and guard their next change",
		Long: "Datalock puts immutable buckets on trial, writes down the evidence, and guards\ntheir next change.\n\n" +
			"The stacks are synthesised by `go run .` and deployed by Terraform or cdktf;\nthis tool changes nothing of them.\n\n" +
			"Exit codes:\n  0  all is as it must be\n  1  it could not be run\n  2  fault was found: a trial failed, a plan does harm, the backend isn't ready",
		SilenceUsage:  true,
		SilenceErrors: true,
		// A verb that isn't there must not pass for a judgement: cobra would print
		// the help and end well.
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			text := fmt.Sprintf("there is no command %q", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				text += fmt.Sprintf("; did you mean %q?", near[0])
			}
			return errors.New(text + "; datalock --help names them all")
		},
		Args:    cobra.ArbitraryArgs,
		Version: report.ToolNow().Version,
	}
	root.SetVersionTemplate("datalock {{.Version}}\n{{node}}\n")
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newRehearse(std), newProve(std), newCheck(std), newPreflight(std), newRolePolicy(std))
	return root
}

// nodeLine says which Node.js cdktf runs on, and if it is past its end of life:
// in --version alone, since every run works with it as well.
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
