//go:build unix

package sandbox

import (
	"os"
	"os/exec"
	"syscall"
)

// holding is the folder, open and locked as long as this process lives.
var holding *os.File

// hold locks a folder until this process ends.
func hold(folder string) (err error) {
	if holding, err = os.Open(folder); err != nil {
		return err
	}
	return syscall.Flock(int(holding.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// held reports whether a living process holds a folder.
func held(folder string) bool {
	file, err := os.Open(folder)
	if err != nil {
		return true
	}
	defer func() { _ = file.Close() }()
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// apart keeps the terminal's signals from a command.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
