// Command bench measures how long Datalock and three peers take to synthesize
// the same Terraform JSON. They alternate in one run:
//
//   - Datalock with its slim cache;
//   - Datalock without it (DATALOCK_JSII=stock);
//   - the same stacks in Go with the versions that cdktf requires (bench/stock);
//   - the same stacks in compiled TypeScript (bench/typescript).
//
// It prints a table with the median, the spread and the ratio to cdktf's own
// versions, and writes bench/results.json and docs/performance.svg. It needs
// Go, node and npm, and runs on Linux, where it can add up the memory of a
// process and all its children.
//
//	go run ./bench              # about a quarter of an hour
//	go run ./bench -quick       # two minutes: one bucket, fewer turns
//
// With -verbs it times instead what a person waits for, each command once, on
// a fresh clone of what is committed, and prints a table with the aims; -tests
// adds `go test ./...`.
//
//	go run ./bench -verbs
//
// With -datasets it times publish beside s5cmd and rclone, and verify beside
// bare loops, to the local server and to a sink that only answers. It writes
// bench/datasets.json and docs/datasets.svg. It needs some 20 GB of disk; -scale
// makes everything smaller.
//
//	go run ./bench -datasets -scale 0.2
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	sizes   []int
	rounds  int
	first   int
	out     string
	picture string
	// verbs and tests are the switches of that name.
	verbs, tests bool
	// datasets are the flags of -datasets, nil without it.
	datasets *datasetOptions
}

func parse() (options, error) {
	quick := flag.Bool("quick", false, "one bucket only, three turns")
	sizes := flag.String("sizes", "1,10,100,1000", "numbers of buckets")
	rounds := flag.Int("rounds", 7, "turns for each number of buckets; large numbers get fewer")
	first := flag.Int("first", 3, "turns of the first run")
	out := flag.String("out", filepath.Join("bench", "results.json"), "file for the figures; empty for none")
	picture := flag.String("svg", filepath.Join("docs", "performance.svg"), "file for the picture; empty for none")
	verbs := flag.Bool("verbs", false, "time what a person waits for, each command once")
	tests := flag.Bool("tests", false, "with -verbs: time go test ./... too")
	datasets := flag.Bool("datasets", false, "time publish and verify")
	scale := flag.Float64("scale", 1, "with -datasets: how much of the files")
	flat := flag.String("flat", "5000,100000",
		"with -datasets: numbers of tiny files whose memory is measured; empty for none")
	flag.Parse()
	if *datasets {
		return parseDatasets(*scale, *flat, *rounds)
	}
	o := options{rounds: *rounds, first: *first, out: *out, picture: *picture, verbs: *verbs, tests: *tests}
	if *quick {
		*sizes, o.rounds, o.first = "1", 3, 1
	}
	var err error
	o.sizes, err = numbers("-sizes", *sizes)
	return o, err
}

// parseDatasets checks the flags of -datasets.
func parseDatasets(scale float64, flat string, rounds int) (options, error) {
	d := &datasetOptions{
		scale: scale, rounds: max(1, rounds/2),
		out: filepath.Join("bench", "datasets.json"), picture: filepath.Join("docs", "datasets.svg"),
	}
	if scale <= 0 || scale > 10 {
		return options{}, fmt.Errorf("-scale %g: must be above 0 and at most 10", scale)
	}
	var err error
	if flat != "" {
		d.flat, err = numbers("-flat", flat)
	}
	return options{datasets: d}, err
}

// numbers reads a list of numbers from 1.
func numbers(flag, list string) ([]int, error) {
	var all []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s %s: %q is not a number from 1", flag, list, text)
		}
		all = append(all, n)
	}
	return all, nil
}

func run() error {
	o, err := parse()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join("bench", "stock")); err != nil {
		return fmt.Errorf("start it in the project's folder, as go run ./bench: %w", err)
	}
	work, err := os.MkdirTemp("", "datalock-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if o.datasets != nil {
		return measureDatasets(work, *o.datasets)
	}
	if o.verbs {
		return measureVerbs(work, o.tests)
	}
	peers, err := buildPeers(work)
	if err != nil {
		return err
	}
	results, err := measureAll(work, peers, o)
	if err != nil {
		return err
	}
	fmt.Print(results.table())
	return write(results, o.out, o.picture)
}

// write writes the document of a run and its picture, each if it has a path.
func write(r interface{ picture() picture }, out, drawing string) error {
	if out != "" {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(out, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	if drawing != "" {
		return os.WriteFile(drawing, []byte(r.picture().svg()), 0o644)
	}
	return nil
}

// progress prints the current step on stderr.
func progress(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
}
