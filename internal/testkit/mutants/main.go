// Mutants measures what the tests of a package notice: it makes one small
// change after the other in the package's code, and runs its tests against
// each. A change that no test notices is a rule that no test guards.
//
//	go run ./internal/testkit/mutants ./internal/check
//	go run ./internal/testkit/mutants -files policy -run Judge ./bucket
//	go run ./internal/testkit/mutants -record results.txt ./internal/check
//
// The changes are those of conditions (negated, a boundary moved, && for || and
// the reverse, true for false) and of statements (left out). All are compiled
// into one test binary, of which an environment variable picks one, so that a
// change costs a run of the tests and no build. The source tree isn't changed,
// but must not change while it runs: the tests read their data from there.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	files := flag.String("files", "", "only change files whose `names` have this in them")
	run := flag.String("run", "", "`regexp` of the tests to run")
	timeout := flag.Duration("timeout", 60*time.Second, "for the tests of one change")
	record := flag.String("record", "", "`file` that each result is added to; a later run skips the changes in it")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "mutants: name one package, such as ./internal/check")
		os.Exit(1)
	}
	survived, err := measure(flag.Arg(0), *files, *run, *record, *timeout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
	if survived > 0 {
		os.Exit(2)
	}
}

// measure prints each change that survives, and at the end the share of those
// that don't.
func measure(pkg, files, run, record string, timeout time.Duration) (survived int, err error) {
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	out, err := exec.Command("go", "list", "-json=Dir,GoFiles,Name", pkg).Output()
	if err != nil {
		return 0, fmt.Errorf("find the package %s: %w", pkg, err)
	}
	var p struct {
		Dir, Name string
		GoFiles   []string
	}
	if err := json.Unmarshal(out, &p); err != nil {
		return 0, err
	}
	m := mutator{}
	overlay := map[string]string{}
	for i, name := range p.GoFiles {
		if !strings.Contains(name, files) {
			continue
		}
		source := filepath.Join(p.Dir, name)
		text, err := m.file(source)
		if err != nil {
			return 0, err
		}
		overlay[source] = filepath.Join(dir, strconv.Itoa(i)+".go")
		if err := os.WriteFile(overlay[source], text, 0o600); err != nil {
			return 0, err
		}
	}
	helpers := filepath.Join(dir, "helpers.go")
	overlay[filepath.Join(p.Dir, "mutants_helpers.go")] = helpers
	if err := os.WriteFile(helpers, []byte("package "+p.Name+"\n"+helperCode), 0o600); err != nil {
		return 0, err
	}
	binary, err := build(dir, pkg, overlay)
	if err != nil {
		return 0, err
	}
	t := tests{binary, p.Dir, run, timeout}
	if !t.pass(-1) {
		return 0, fmt.Errorf("the tests of %s fail without any change", pkg)
	}
	done, err := openResults(record)
	if err != nil {
		return 0, err
	}
	for i, change := range m.changes {
		survives, known := done.known[change]
		if !known {
			survives = t.pass(i)
			if err := done.add(change, survives); err != nil {
				return 0, err
			}
		}
		if survives {
			survived++
			fmt.Printf("survived: %s\n", change)
		}
	}
	killed := len(m.changes) - survived
	fmt.Printf("%s: %d of %d changes are noticed, %.1f %%\n", pkg, killed, len(m.changes),
		100*float64(killed)/float64(max(1, len(m.changes))))
	return survived, nil
}

func build(dir, pkg string, overlay map[string]string) (string, error) {
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return "", err
	}
	file, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "tests")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return "", err
	}
	out, err := exec.Command("go", "test", "-c", "-vet=off", "-overlay", file, "-o", binary, pkg).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the tests of %s with its changes: %w\n%s", pkg, err, out)
	}
	return binary, nil
}

// tests are a built test binary and how it is run.
type tests struct {
	binary, dir, run string
	timeout          time.Duration
}

// pass reports whether the tests pass with a change. Tests that take too long
// have noticed it.
func (t tests) pass(change int) bool {
	ctx, cancel := context.WithTimeout(context.Background(), t.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.binary, "-test.failfast", "-test.run", t.run)
	cmd.Dir, cmd.Env = t.dir, append(os.Environ(), "MUTANT="+strconv.Itoa(change))
	return cmd.Run() == nil
}
