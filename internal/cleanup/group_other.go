//go:build !unix

package cleanup

import "os/exec"

// Group does nothing where there are no process groups.
func Group(*exec.Cmd) {}

// KillGroup kills the command.
func KillGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func detach(*exec.Cmd) {}
