// Command stock synthesises the same stacks as Datalock, with the versions of
// jsii and constructs that cdktf asks for, as a cdktf app in Go starts
// ordinarily. It is what the benchmark compares Datalock with.
package main

import (
	"fmt"
	"os"

	"datalock/internal/project"
	"datalock/internal/stack"

	"github.com/aws/jsii-runtime-go"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	defer jsii.Close()
	return stack.Synth(p.Settings, p.Context, p.Outdir)
}
