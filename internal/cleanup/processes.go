package cleanup

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Variable is in the environment of every process of a run.
const Variable = "DATALOCK_RUN"

// A Process is a running process.
type Process struct {
	PID, Parent int
	// Command is its name in the system, at most 15 bytes on Linux.
	Command string
}

// String returns the command and the process id.
func (p Process) String() string { return fmt.Sprintf("%s (process %d)", p.Command, p.PID) }

// Running returns the processes with the mark, except this one.
func Running(mark string) ([]Process, error) {
	all, err := processes()
	if err != nil {
		return nil, err
	}
	var found []Process
	for _, p := range all {
		if p.PID != os.Getpid() && belongs(markOf(p.PID), mark) {
			found = append(found, p)
		}
	}
	return found, nil
}

// Part returns the mark of a part of a run: a process with it belongs to the
// run too. A run's mark is its folder, and that of a run in a folder below is no
// part: no path has two slashes in a row.
func Part(mark, name string) string { return mark + "//" + name }

// belongs reports whether a value of [Variable] is the mark or a part's.
func belongs(value, mark string) bool {
	return mark != "" && (value == mark || strings.HasPrefix(value, Part(mark, "")))
}

// Below returns the processes that this one started, directly or indirectly,
// except those of the watchers in except.
func Below(except ...*Watcher) ([]Process, error) {
	all, err := processes()
	if err != nil {
		return nil, err
	}
	inside := map[int]bool{os.Getpid(): true}
	for _, w := range except {
		if w != nil {
			inside[w.PID()] = false
		}
	}
	var found []Process
	for grew := true; grew; {
		grew = false
		for _, p := range all {
			if _, known := inside[p.PID]; !known && inside[p.Parent] {
				inside[p.PID], grew = true, true
				found = append(found, p)
			}
		}
	}
	return found, nil
}

// Kill kills the processes with the mark until none has been seen for the time
// quiet. After the time within it gives up and returns those still running.
func Kill(mark string, quiet, within time.Duration) ([]Process, error) {
	return KillFound(func() ([]Process, error) { return Running(mark) }, quiet, within)
}

// KillFound does the same to the processes that a function finds.
func KillFound(find func() ([]Process, error), quiet, within time.Duration) ([]Process, error) {
	var left []Process
	seen := time.Now()
	for deadline := time.Now().Add(within); ; time.Sleep(lookEvery) {
		var err error
		if left, err = find(); err != nil {
			return nil, err
		}
		if len(left) > 0 {
			seen = time.Now()
		}
		for _, p := range left {
			end(p.PID)
		}
		if len(left) == 0 && time.Since(seen) >= quiet || time.Now().After(deadline) {
			return left, nil
		}
	}
}
