//go:build unix

package folder

import (
	"io/fs"
	"os"
	"syscall"
)

// openFlags don't wait for the writer of a pipe.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// setState sets what only Unix has.
func (f *File) setState(info fs.FileInfo) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		f.Device, f.Inode = uint64(s.Dev), uint64(s.Ino) //nolint:unconvert // other types on some systems
		f.Touched = changed(s)
	}
}
