//go:build unix

package local

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup gives a command a process group of its own: a signal that a terminal
// sends to its foreground doesn't reach it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// killGroup kills a command in a group of its own with all that it started.
func killGroup(cmd *exec.Cmd) error {
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		return os.ErrProcessDone
	}
	return nil
}
