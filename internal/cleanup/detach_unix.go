//go:build unix

package cleanup

import (
	"os/exec"
	"syscall"
)

// detach gives the process a session of its own, which no terminal signals.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
