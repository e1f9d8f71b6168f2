// Topologygraph draws the picture in docs/topology.md from a real plan: that of
// the whole topology, which the tests of the gate use. It writes docs/topology.dot
// and has Graphviz make docs/topology.svg of it.
//
//	go run ./internal/testkit/topologygraph
package main

import (
	"fmt"
	"os"
	"os/exec"
)

const (
	planFile = "internal/check/testdata/plans/topology-first.json"
	dotFile  = "docs/topology.dot"
	svgFile  = "docs/topology.svg"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	text, err := os.ReadFile(planFile)
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	graph, err := draw(text)
	if err != nil {
		return fmt.Errorf("draw %s: %w", planFile, err)
	}
	if err := os.WriteFile(dotFile, []byte(graph), 0o644); err != nil {
		return err
	}
	if out, err := exec.Command("dot", "-Tsvg", "-o", svgFile, dotFile).CombinedOutput(); err != nil {
		return fmt.Errorf("make %s with Graphviz: %w\n%s", svgFile, err, out)
	}
	return nil
}
