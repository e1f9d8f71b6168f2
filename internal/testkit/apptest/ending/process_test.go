// Package ending_test tests how the app ends, by itself, by signals and without
// room in the temporary folder: it leaves nothing behind. A renamed copy of the
// project does the same.
package ending_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/sandbox"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

// A watched is an app whose processes are known by a mark in their environment,
// and whose temporary folder is its own.
type watched struct {
	*exec.Cmd
	mark, temp string
	said       bytes.Buffer
}

func watch(t *testing.T, binary string, settings []byte, env ...string) *watched {
	t.Helper()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		sandbox.Skip(t, "processes can only be found if there is /proc")
	}
	w := &watched{Cmd: exec.Command(binary), mark: "DATALOCK_TEST_MARK=" + t.TempDir(), temp: t.TempDir()}
	w.Dir = t.TempDir()
	apptest.Project(t, w.Dir, settings)
	w.Env = append(append(os.Environ(), w.mark, "TMPDIR="+w.temp), env...)
	w.Stderr = &w.said
	return w
}

// again prepares another run in the same folders.
func (w *watched) again() *watched {
	next := &watched{Cmd: exec.Command(w.Path), mark: w.mark, temp: w.temp}
	next.Dir, next.Env, next.Stderr = w.Dir, w.Env, &next.said
	return next
}

func (w *watched) start(t *testing.T) {
	t.Helper()
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
}

// processes returns the ids of the app's processes.
func (w *watched) processes() []string {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var found []string
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(w.mark)) {
			found = append(found, filepath.Base(filepath.Dir(file)))
		}
	}
	return found
}

// kernel returns the id of the process of jsii's kernel, or "".
func (w *watched) kernel() string {
	for _, pid := range w.processes() {
		text, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if err == nil && bytes.Contains(text, []byte("lib/program.js\x00")) {
			return pid
		}
	}
	return ""
}

// slow matches what the app says on a busy machine, with a signal or without.
var slow = regexp.MustCompile(`(?m)^note: no answer from node for .*\n`)

// told returns what the app said on stderr, but for notes that it waits.
func (w *watched) told() string { return slow.ReplaceAllString(w.said.String(), "") }

func (w *watched) started() bool { return w.kernel() != "" }

// busy tells whether jsii's kernel has used more of a processor than it needs
// to start: 1.5 s in user mode and in the system, in hundredths of a second.
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func (w *watched) busy() bool {
	kernel := w.kernel()
	if kernel == "" {
		return false
	}
	text, err := os.ReadFile(filepath.Join("/proc", kernel, "stat"))
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if err != nil || len(fields) < 13 {
		return false
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user+system > 150
}

// endsWithin is how long node may outlive an app that was killed.
const endsWithin = 10 * time.Second

// ended waits for the app and holds it to an exit code, with -1 for one that a
// signal ended, and to leaving nothing behind.
func (w *watched) ended(t *testing.T, want int) {
	t.Helper()
	err := w.Wait()
	var exit *exec.ExitError
	if code := w.ProcessState.ExitCode(); code != want || err != nil && !errors.As(err, &exit) {
		t.Errorf("the app ended with %d, %v; want %d", code, err, want)
	}
	began := time.Now()
	waitFor(t, "no process is left", func() bool { return len(w.processes()) == 0 })
	if took := time.Since(began); took > endsWithin {
		t.Errorf("its processes ended %s after it", took)
	}
	if left, _ := os.ReadDir(w.temp); want >= 0 && len(left) > 0 {
		t.Errorf("left in the temporary folder: %v", left)
	}
}

// unusable is a folder in which jsii waits without end, at full speed, for a
// lock that can't be made.
const unusable = "JSII_RUNTIME_PACKAGE_CACHE_ROOT=/proc/1"

// TestNoProcessOutlives: no node process is left, however the app ends and in
// whichever way jsii starts it.
func TestNoProcessOutlives(t *testing.T) {
	t.Parallel()
	for mode, env := range map[string][]string{
		"slim": nil, "stock": {"DATALOCK_JSII=stock"}, "waiting for a lock": {"DATALOCK_JSII=stock", unusable},
	} {
		for _, c := range []struct {
			name   string
			signal syscall.Signal
			exit   int
		}{
			{"it ends by itself", 0, 0},
			{"interrupted", syscall.SIGINT, 130},
			{"terminated", syscall.SIGTERM, 143},
			{"hung up", syscall.SIGHUP, 129},
			{"killed", syscall.SIGKILL, -1},
		} {
			if mode != "slim" && (c.signal == syscall.SIGINT || c.signal == syscall.SIGHUP) {
				continue // as terminated, and these runs take seconds
			}
			if c.signal == 0 && mode == "waiting for a lock" {
				continue // it doesn't
			}
			t.Run(mode+", "+c.name, func(t *testing.T) {
				buckets := 100
				if c.signal == 0 {
					buckets = 1
				}
				w := watch(t, apptest.Build(t), manyBuckets(buckets), env...)
				w.start(t)
				if c.signal != 0 {
					waitFor(t, "node has started", w.started)
					if len(env) > 0 && (c.signal == syscall.SIGKILL || len(env) > 1) {
						waitFor(t, "node is in a call that takes long", w.busy)
					}
					if err := w.Process.Signal(c.signal); err != nil {
						t.Fatal(err)
					}
				}
				exit := c.exit
				if c.signal != 0 && signal.Ignored(c.signal) {
					exit = 0 // the tests run under nohup, and so does the app
				}
				w.ended(t, exit)
				if exit > 0 && w.told() != "" {
					t.Errorf("a signal had it say %q", w.told())
				}
			})
		}
	}
}

// TestKilledRunsFolderGoes: what a killed run left is removed by the next one,
// and not what a run beside it uses, which is halted meanwhile.
func TestKilledRunsFolderGoes(t *testing.T) {
	killed := watch(t, apptest.Build(t), manyBuckets(1))
	killed.start(t)
	waitFor(t, "node has started", killed.started)
	_ = killed.Process.Kill()
	killed.ended(t, -1)
	left, err := os.ReadDir(killed.temp)
	if err != nil || len(left) != 1 {
		t.Fatalf("a killed run left %v, %v; want its folder", left, err)
	}
	beside := killed.again()
	beside.start(t)
	waitFor(t, "node has started", beside.started)
	_ = beside.Process.Signal(syscall.SIGSTOP)
	next := killed.again()
	if err := next.Run(); err != nil {
		t.Errorf("the next run: %v, %s", err, next.said.String())
	}
	if _, err := os.Stat(filepath.Join(killed.temp, left[0].Name())); err == nil {
		t.Error("the next run left the folder of the killed one")
	}
	if there, err := os.ReadDir(killed.temp); err != nil || len(there) != 1 {
		_ = beside.Process.Kill()
		t.Fatalf("in use is one folder, and there are %v, %v", there, err)
	}
	_ = beside.Process.Signal(syscall.SIGCONT)
	beside.ended(t, 0)
}

// TestSignalsToAll: Ctrl-C reaches node as well as the app, and node may end
// first. That is no fault of node's.
func TestSignalsToAll(t *testing.T) {
	for mode, env := range map[string][]string{"slim": nil, "stock": {"DATALOCK_JSII=stock"}} {
		t.Run(mode, func(t *testing.T) {
			w := watch(t, apptest.Build(t), manyBuckets(100), env...)
			w.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			w.start(t)
			waitFor(t, "node has started", w.started)
			if err := syscall.Kill(-w.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			w.ended(t, 130)
			if w.told() != "" {
				t.Errorf("it said %q", w.told())
			}
		})
	}
}

// TestSaysWhatItWaitsFor: after ten seconds without an answer the user is told.
func TestSaysWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	fakeNode(t, bin, `[ "$1" = --version ] && { echo v22.1.0; exit; }; exec sleep 300`)
	w := watch(t, apptest.Build(t), manyBuckets(1), "DATALOCK_JSII=stock", unusable, "PATH="+bin+":"+os.Getenv("PATH"),
		"NODE_OPTIONS=")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.Stderr = writer
	w.start(t)
	_ = writer.Close()
	const want = "note: no answer from node for 10s; still waiting to load cdktf in node, with jsii's packages in " +
		"/proc/1 (up to 2m0s)\n"
	text := make([]byte, len(want))
	_ = reader.SetReadDeadline(time.Now().Add(patient))
	if n, err := reader.Read(text); err != nil || string(text[:n]) != want {
		t.Errorf("it said %q, %v; want %q", text[:n], err, want)
	}
	if err := w.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.ended(t, 143)
}

// TestHungNode ends the app while node hangs: at the question for its version
// and when it should talk to cdktf.
func TestHungNode(t *testing.T) {
	for name, script := range map[string]string{
		"asked for its version": `: >"$HUNG"; exec sleep 300`,
		"as cdktf's host":       `[ "$1" = --version ] && { echo v22.1.0; exit; }; : >"$HUNG"; exec sleep 300`,
		"talking without end": `[ "$1" = --version ] && { echo v22.1.0; exit; }; : >"$HUNG"; while :; do echo garbage; ` +
			`done`,
		"deaf and dumb": `[ "$1" = --version ] && { echo v22.1.0; exit; }; trap '' INT TERM HUP PIPE; : >"$HUNG"; while ` +
			`:; do :; done`,
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			hung := filepath.Join(bin, "hung")
			w := watch(t, apptest.Build(t), manyBuckets(1), "PATH="+bin+":"+os.Getenv("PATH"), "NODE_OPTIONS=", "HUNG="+hung)
			fakeNode(t, bin, script)
			w.start(t)
			waitFor(t, "node hangs", func() bool { _, err := os.Stat(hung); return err == nil })
			_ = w.Process.Signal(os.Interrupt)
			if name == "talking without end" {
				// jsii may have given up before.
				_ = w.Wait()
				if code := w.ProcessState.ExitCode(); code != 130 && code != 1 {
					t.Errorf("the app ended with %d", code)
				}
				waitFor(t, "no process is left", func() bool { return len(w.processes()) == 0 })
				return
			}
			w.ended(t, 130)
		})
	}
}

// fakeNode puts a script in the place of node.
func fakeNode(t *testing.T, bin, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(bin, "node"), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func manyBuckets(n int) []byte {
	var text strings.Builder
	text.WriteString(`{"region": "us-east-1", "buckets": {"b0": {}`)
	for i := 1; i < n; i++ {
		text.WriteString(`, "b` + strconv.Itoa(i) + `": {}`)
	}
	text.WriteString("}}")
	return []byte(text.String())
}

// pause is that between two looks: each reads the environments of all processes.
const pause = 100 * time.Millisecond

// patient is how long a condition may take on a busy machine.
const patient = 2 * time.Minute

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(pause) {
		if holds() {
			return
		}
	}
	t.Fatalf("waited in vain until %s", what)
}
