//go:build unix

package slimcache

import "syscall"

// executable tells whether the system would run a file, which it does not
// where the file system is mounted without that right.
func executable(path string) bool {
	const mayExecute = 1 // X_OK of access(2)
	return syscall.Access(path, mayExecute) == nil
}
