package cleanup

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// processes reads the process table. It leaves out processes that have exited
// and only wait for their parent.
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func processes() ([]Process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("read the process table: %w", err)
	}
	var all []Process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "stat"))
		if err != nil {
			continue // it has exited
		}
		// The command is in parentheses and may contain any character.
		open, closed := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
		if open < 0 || closed < open {
			continue
		}
		fields := bytes.Fields(text[closed+1:])
		if len(fields) < 2 || fields[0][0] == 'Z' || fields[0][0] == 'X' {
			continue
		}
		parent, _ := strconv.Atoi(string(fields[1]))
		all = append(all, Process{PID: pid, Parent: parent, Command: string(text[open+1 : closed])})
	}
	return all, nil
}

// markOf returns a process's value of [Variable], or "".
func markOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return ""
	}
	for variable := range bytes.SplitSeq(text, []byte{0}) {
		if value, ok := bytes.CutPrefix(variable, []byte(Variable+"=")); ok {
			return string(value)
		}
	}
	return ""
}

// subreaper is PR_SET_CHILD_SUBREAPER.
// https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
const subreaper = 36

// Adopt makes this process the parent of its descendants whose own parent
// exits, from now on, so that [Below] still finds them.
func Adopt() error {
	if _, _, failed := syscall.RawSyscall(syscall.SYS_PRCTL, subreaper, 1, 0); failed != 0 {
		return fmt.Errorf("adopt the processes of children that exit: %w", failed)
	}
	return nil
}

func end(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }

// self is this program, even if its file was replaced or removed.
func self() (string, error) { return "/proc/self/exe", nil }
