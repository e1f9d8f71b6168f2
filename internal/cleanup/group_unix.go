//go:build unix

package cleanup

import (
	"os"
	"os/exec"
	"syscall"
)

// Group makes a command that is about to start run in its own process group, so
// that signals from the terminal don't reach it.
func Group(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// TerminateGroup asks a command and its process group to exit.
func TerminateGroup(cmd *exec.Cmd) error { return signalGroup(cmd, syscall.SIGTERM) }

// KillGroup kills a command and its process group.
func KillGroup(cmd *exec.Cmd) error { return signalGroup(cmd, syscall.SIGKILL) }

func signalGroup(cmd *exec.Cmd, signal syscall.Signal) error {
	if err := syscall.Kill(-cmd.Process.Pid, signal); err != nil {
		return os.ErrProcessDone
	}
	return nil
}

// detach gives the process its own session, which gets no signals from a
// terminal.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
