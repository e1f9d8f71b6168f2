//go:build !unix

package cleanup

import "os/exec"

// Group does nothing where there are no process groups.
func Group(*exec.Cmd) {}

// TerminateGroup kills the command: there is no way to ask it.
func TerminateGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

// KillGroup kills the command.
func KillGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func detach(*exec.Cmd) {}
