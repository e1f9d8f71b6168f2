//go:build unix

package slimcache

import "syscall"

// executable reports whether the system can run a file. On a file system that is
// mounted with noexec it can't.
func executable(path string) bool {
	const mayExecute = 1 // X_OK of access(2)
	return syscall.Access(path, mayExecute) == nil
}
