//go:build darwin || freebsd || netbsd

package folder

import (
	"syscall"
	"time"
)

func changed(s *syscall.Stat_t) int64 { return time.Unix(s.Ctimespec.Unix()).UnixNano() }
