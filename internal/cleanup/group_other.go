//go:build !unix

package cleanup

import "os/exec"

// Group does nothing: the system has no process groups.
func Group(*exec.Cmd) {}

// TerminateGroup kills the command: it can't be asked to exit.
func TerminateGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

// KillGroup kills the command.
func KillGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func detach(*exec.Cmd) {}
