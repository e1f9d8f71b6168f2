package jsiihost

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// killChildren kills the processes that this one started. jsii keeps node's
// process to itself, and closing it waits for a node that hangs.
func killChildren() {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// The command stands in parentheses and may hold anything; behind it
		// come the state and the parent. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
		_, rest, _ := bytes.Cut(text[max(0, bytes.LastIndexByte(text, ')')):], []byte(" "))
		fields := bytes.Fields(rest)
		if len(fields) < 2 || string(fields[1]) != strconv.Itoa(os.Getpid()) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
