package cleanup

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// watcherVariable tells this program to run as a watcher.
const watcherVariable = "DATALOCK_WATCHER"

// stopped tells a watcher that there is nothing to clean up.
const stopped = "stopped\n"

// Times of a watcher. A process that is starting while its parent is killed
// shows its mark a moment later.
const (
	lookEvery = 100 * time.Millisecond
	quietFor  = time.Second
	giveUp    = 30 * time.Second
)

// An order is the watcher's task, which it reads at its start as a line of
// JSON.
type order struct {
	Mark    string
	Folders []string
}

// A Watcher is the process that watches this one.
type Watcher struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

func init() {
	if os.Getenv(watcherVariable) != "" {
		watch(os.Stdin)
		os.Exit(0)
	}
}

// Watch starts a watcher. If this process ends without calling [Watcher.Stop],
// the watcher kills the processes with the mark and removes the folders.
func Watch(mark string, folders ...string) (*Watcher, error) {
	program, err := self()
	if err != nil {
		return nil, fmt.Errorf("start the cleanup process: %w", err)
	}
	w := &Watcher{cmd: exec.Command(program)}
	// It has neither the tool's name nor its arguments, so killing the tool by
	// name doesn't kill the watcher.
	w.cmd.Args = []string{"cleanup"}
	w.cmd.Dir = string(os.PathSeparator)
	w.cmd.Env = append(without(os.Environ(), Variable), watcherVariable+"=1")
	detach(w.cmd)
	text, err := json.Marshal(order{mark, folders})
	if err != nil {
		return nil, fmt.Errorf("start the cleanup process: %w", err)
	}
	if w.pipe, err = w.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the cleanup process: %w", err)
	}
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the cleanup process: %w", err)
	}
	if _, err := w.pipe.Write(append(text, '\n')); err != nil {
		w.Stop()
		return nil, fmt.Errorf("send the cleanup process its task: %w", err)
	}
	return w, nil
}

// Stop ends the watcher without cleaning up.
func (w *Watcher) Stop() {
	_, _ = io.WriteString(w.pipe, stopped)
	_ = w.pipe.Close()
	_ = w.cmd.Wait()
}

// PID returns the watcher's process id.
func (w *Watcher) PID() int { return w.cmd.Process.Pid }

// watch runs the watcher.
func watch(pipe io.Reader) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	lines := bufio.NewReader(pipe)
	first, err := lines.ReadBytes('\n')
	var told order
	if err != nil || json.Unmarshal(first, &told) != nil {
		return
	}
	if rest, _ := io.ReadAll(lines); string(rest) == stopped {
		return
	}
	_, _ = Kill(told.Mark, quietFor, giveUp)
	for _, folder := range told.Folders {
		removeAll(folder)
	}
}

// removeAll retries for a while: a dying process may still write to the folder.
func removeAll(folder string) {
	for range 20 {
		if os.RemoveAll(folder) == nil {
			return
		}
		time.Sleep(lookEvery)
	}
}

func without(environ []string, name string) []string {
	var kept []string
	for _, variable := range environ {
		if !strings.HasPrefix(variable, name+"=") {
			kept = append(kept, variable)
		}
	}
	return kept
}
