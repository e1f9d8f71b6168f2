package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"datalock/internal/report"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/sandbox"
	"datalock/internal/testkit/tftest"
)

// buildTool builds this program once for all tests.
var buildTool = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "datalock-tool-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "datalock")
	// go run keeps the linked program in its cache, for the other packages' tests.
	out, err := exec.Command("go", "run", "-exec", "cp", ".", path).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the tool: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) { os.Exit(sandbox.MainWaiting(m, 6)) }

// settingsOf declares one stack whose bucket has a name, so that a second
// rehearsal finds the bucket of the first.
const settingsOf = `{"context":{"datalock":{"region":"us-east-1","buckets":{"data":{"name":"named-dataset","retention":{"mode":"COMPLIANCE","days":90}}}}}}`

// A process is a datalock that runs in a folder, with its own temporary folder.
type process struct {
	*exec.Cmd
	dir, temp string
	out, err  buffer
	// ended is closed once the process has ended.
	ended chan struct{}
}

type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// tool prepares a datalock with arguments, in an empty folder with cdktf.json.
func tool(t *testing.T, cdktf string, args ...string) *process {
	t.Helper()
	path, err := buildTool()
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	// Short, for the sockets of Terraform's providers.
	temp, err := os.MkdirTemp("", "d") //nolint:usetesting // t.TempDir is too long for them
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(path, args...), dir: t.TempDir(), temp: temp, ended: make(chan struct{})}
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	if err := os.WriteFile(filepath.Join(p.dir, "cdktf.json"), []byte(cdktf), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Dir, p.Stdout, p.Stderr = p.dir, &p.out, &p.err
	p.Env = append(os.Environ(), "TMPDIR="+p.temp, "XDG_CACHE_HOME="+cache, "DATALOCK_PROVIDER_MIRROR="+tftest.Mirror(),
		"DATALOCK_SERVER_SOURCE="+filepath.Join(apptest.Root(), "internal", "rehearse", "server"), "AWS_CA_BUNDLE=")
	return p
}

// again prepares another run in the same folders.
func (p *process) again() *process {
	next := &process{Cmd: exec.Command(p.Path, p.Args[1:]...), dir: p.dir, temp: p.temp, ended: make(chan struct{})}
	next.Dir, next.Env, next.Stdout, next.Stderr = p.dir, p.Env, &next.out, &next.err
	return next
}

func (p *process) start(t *testing.T) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	go func() {
		_ = p.Wait()
		close(p.ended)
	}()
}

// over reports whether the process has ended.
func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// wait returns the exit code.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	<-p.ended
	t.Logf("%s\n%s", strings.Join(p.Args[1:], " "), p.err.String())
	return p.ProcessState.ExitCode()
}

func (p *process) run(t *testing.T) int {
	t.Helper()
	p.start(t)
	return p.wait(t)
}

// until waits for a condition while the tool runs and the test's time isn't
// over.
func (p *process) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	limit, limited := t.Deadline()
	for ; !limited || time.Now().Before(limit.Add(-20*time.Second)); time.Sleep(100 * time.Millisecond) {
		if holds() {
			return
		}
		if p.over() {
			break
		}
	}
	t.Fatalf("%s did not come:\n%s", what, p.err.String())
}

// children returns the process ids of the children whose command contains a
// word, from the process table.
func (p *process) children(word string) []int {
	var found []int
	for pid, args := range table() {
		if args.parent == p.Process.Pid && strings.Contains(args.command, word) {
			found = append(found, pid)
		}
	}
	return found
}

type row struct {
	parent  int
	command string
}

func table() map[int]row {
	rows := map[int]row{}
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,args=").Output()
	if err != nil {
		return rows
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		pid, _ := strconv.Atoi(fields[0])
		parent, _ := strconv.Atoi(fields[1])
		rows[pid] = row{parent, strings.Join(fields[2:], " ")}
	}
	return rows
}

// descendants returns the processes now running below the process.
func (p *process) descendants() []int {
	rows, found := table(), []int{p.Process.Pid}
	for i := 0; i < len(found); i++ {
		for pid, r := range rows {
			if r.parent == found[i] && !slices.Contains(found, pid) {
				found = append(found, pid)
			}
		}
	}
	return found[1:]
}

// gone waits briefly for processes to end and reports those that don't.
func gone(t *testing.T, pids []int) {
	t.Helper()
	var left []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		left = nil
		rows := table()
		for _, pid := range pids {
			if r, ok := rows[pid]; ok && !strings.Contains(r.command, "defunct") {
				left = append(left, fmt.Sprintf("%d %s", pid, r.command))
			}
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("still running: %q", left)
}

// empty reports what is left in the temporary folder.
func (p *process) empty(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(p.temp)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

func kill(t *testing.T, pids []int, signal syscall.Signal) {
	t.Helper()
	if len(pids) == 0 {
		t.Fatal("there is no such process to kill")
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, signal); err != nil {
			t.Fatal(err)
		}
	}
}

// reportIn reads the report of a run.
func reportIn(t *testing.T, path string) report.Report {
	t.Helper()
	var r report.Report
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}
