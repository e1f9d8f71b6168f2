//go:build unix

package cleanup

import (
	"os"
	"os/exec"
	"syscall"
)

// Group gives a command that is about to start a process group of its own: a
// signal that a terminal sends to its foreground doesn't reach it.
func Group(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// TerminateGroup asks a command with its own group, and all in the group, to
// end.
func TerminateGroup(cmd *exec.Cmd) error { return signalGroup(cmd, syscall.SIGTERM) }

// KillGroup kills a command with a group of its own, and all in the group.
func KillGroup(cmd *exec.Cmd) error { return signalGroup(cmd, syscall.SIGKILL) }

func signalGroup(cmd *exec.Cmd, signal syscall.Signal) error {
	if err := syscall.Kill(-cmd.Process.Pid, signal); err != nil {
		return os.ErrProcessDone
	}
	return nil
}

// detach gives the process a session of its own, which no terminal signals.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
