//go:build linux || darwin

package jsiihost

import "syscall"

// available returns the free bytes for a user who isn't root.
func available(dir string) (bytes uint64, known bool) {
	var stat syscall.Statfs_t
	if syscall.Statfs(dir, &stat) != nil {
		return 0, false
	}
	return stat.Bavail * uint64(stat.Bsize), true
}
