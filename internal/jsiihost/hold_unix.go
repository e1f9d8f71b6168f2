//go:build unix

package jsiihost

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// hold locks a folder until the returned file is closed. ours is false if
// another process holds the folder or has just removed it. If the file system
// doesn't support locks, ours is true without a lock.
func hold(path string) (lock *os.File, ours bool) {
	lock, err := os.Open(path)
	if err != nil {
		return nil, !errors.Is(err, fs.ErrNotExist)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, !errors.Is(err, syscall.EWOULDBLOCK)
	}
	held, err := lock.Stat()
	if now, gone := os.Lstat(path); err != nil || gone != nil || !os.SameFile(held, now) {
		_ = lock.Close()
		return nil, false
	}
	return lock, true
}
