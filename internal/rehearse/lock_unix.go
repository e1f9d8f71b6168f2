//go:build unix

package rehearse

import (
	"errors"
	"os"
	"syscall"
)

// lockFile locks a file for as long as it is open; the lock ends with the
// process, however it ends.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another rehearsal is using it; wait for it to end, or use another folder")
		}
		return nil, err
	}
	return file, nil
}
