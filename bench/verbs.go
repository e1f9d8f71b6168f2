package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"
)

// A wait is how long a person waited for a command.
type wait struct {
	what string
	took time.Duration
	// aim is what it should take at most on two quiet cores, or empty.
	aim string
	// load is the load average of the machine when it began.
	load string
}

// A session is one run of -verbs: a fresh clone, separate caches except Go's,
// and the tool.
type session struct {
	work, clone, tool string
	env               []string
	waits             []wait
}

// measureVerbs times what a person waits for, each command once, and prints a
// table.
func measureVerbs(work string, tests bool) error {
	s, err := newSession(work)
	if err != nil {
		return err
	}
	steps := []func() error{s.synthesise, s.rehearse, s.check, s.prove}
	if tests {
		steps = append(steps, func() error {
			_, err := s.time("go test ./...", "480 s", s.command("go", "test", "-count=1", "./..."))
			return err
		})
	}
	for _, step := range steps {
		if err = step(); err != nil {
			break
		}
	}
	s.print()
	return err
}

func newSession(work string) (*session, error) {
	s := &session{work: work, clone: filepath.Join(work, "clone"), tool: filepath.Join(work, "datalock")}
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return nil, fmt.Errorf("go env %s: %w", name, err)
		}
		s.env = append(s.env, name+"="+strings.TrimSpace(string(out)))
	}
	s.env = append(append(os.Environ(), s.env...), "XDG_CACHE_HOME="+filepath.Join(work, "cache"), "NO_COLOR=1")
	for _, args := range [][]string{
		{"git", "clone", "--quiet", ".", s.clone}, {"go", "build", "-o", s.tool, "./cmd/datalock"},
	} {
		progress("prepare: %v", args)
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v: %w\n%s", args, err, out)
		}
	}
	return s, nil
}

// command prepares a command in the clone.
func (s *session) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = s.clone, s.env
	return cmd
}

// time runs a command, notes how long it took, and returns what it said.
func (s *session) time(what, aim string, cmd *exec.Cmd) (string, error) {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	w := wait{what: what, aim: aim, load: load()}
	began := time.Now()
	err := cmd.Run()
	w.took = time.Since(began)
	progress("%-24s %.1f s", what, w.took.Seconds())
	if err != nil {
		return said.String(), fmt.Errorf("%s: %w\n%s", what, err, said.String())
	}
	s.waits = append(s.waits, w)
	return said.String(), nil
}

func (s *session) synthesise() error {
	if _, err := s.time("first go run .", "", s.command("go", "run", ".")); err != nil {
		return err
	}
	_, err := s.time("second go run .", "0.7 s", s.command("go", "run", "."))
	return err
}

// applyTook finds in the tool's progress how long its apply took.
var applyTook = regexp.MustCompile(`(?m)^  apply .*\((\d+\.\d) s\)$`)

func (s *session) rehearse() error {
	if err := s.buildServer(); err != nil {
		return err
	}
	if _, err := s.time("rehearse --quick", "20 s", s.command(s.tool, "rehearse", "--quick")); err != nil {
		return err
	}
	said, err := s.time("rehearse", "", s.command(s.tool, "rehearse"))
	if err != nil {
		return err
	}
	last := &s.waits[len(s.waits)-1]
	if apply := applyTook.FindStringSubmatch(said); apply != nil {
		last.aim = "its apply of " + apply[1] + " s, and 12 s"
	}
	return nil
}

func (s *session) check() error {
	plan := filepath.Join(s.work, "plan.json")
	if err := writeLargePlan(filepath.Join("internal", "check", "testdata", "plans", "no-change.json"), plan); err != nil {
		return err
	}
	_, err := s.time("check, 10,000 resources", "", s.command(s.tool, "check", plan))
	return err
}

func (s *session) print() {
	m := thisMachine()
	fmt.Printf("%s/%s, %s, %d cores, %s, node %s, %s\n", m.OS, m.Arch, m.CPU, m.Cores, m.Go, m.Node, m.Date)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "command\twaited\taim\tload average before")
	for _, one := range s.waits {
		fmt.Fprintf(w, "%s\t%.1f s\t%s\t%s\n", one.what, one.took.Seconds(), one.aim, one.load)
	}
	_ = w.Flush()
}

// load returns the load average over a minute, or "unknown".
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 0 {
		return fields[0]
	}
	return "unknown"
}
