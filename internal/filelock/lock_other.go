//go:build !unix

package filelock

import "os"

// Works says that this system has such locks.
const Works = false

// Lock only opens the file.
func Lock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}

// LockExisting only opens the file, which must be there.
func LockExisting(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR, 0o600)
}
