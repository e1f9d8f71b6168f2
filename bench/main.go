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
	flag.Parse()
	o := options{rounds: *rounds, first: *first, out: *out, picture: *picture, verbs: *verbs, tests: *tests}
	if *quick {
		*sizes, o.rounds, o.first = "1", 3, 1
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return o, fmt.Errorf("-sizes %s: %q is not a number of buckets", *sizes, text)
		}
		o.sizes = append(o.sizes, n)
	}
	return o, nil
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
	return results.write(o)
}

func (r *results) write(o options) error {
	if o.out != "" {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.out, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	if o.picture != "" {
		return os.WriteFile(o.picture, []byte(r.svg()), 0o644)
	}
	return nil
}

// progress prints the current step on stderr.
func progress(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
}
