//go:build unix

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// Works says that this system has such locks.
const Works = true

// Lock creates the file if there is none, and locks it until the file is closed.
// The error is [ErrInUse] if it is locked.
func Lock(path string) (*os.File, error) {
	return lock(path, os.O_CREATE)
}

// LockExisting locks a file as [Lock] does, and creates none. The error is
// [io/fs.ErrNotExist] if there is none.
func LockExisting(path string) (*os.File, error) {
	return lock(path, 0)
}

func lock(path string, flag int) (*os.File, error) {
	for {
		file, err := os.OpenFile(path, flag|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil && isAt(file, path) {
			return file, nil
		}
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrInUse
		}
		if err != nil {
			return nil, err
		}
		// Whoever had the lock removed the file meanwhile.
	}
}

// isAt reports whether the path still names the file.
func isAt(file *os.File, path string) bool {
	open, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(path)
	return err == nil && os.SameFile(open, now)
}
