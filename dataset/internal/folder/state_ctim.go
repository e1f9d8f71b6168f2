//go:build aix || dragonfly || linux || openbsd || solaris

package folder

import (
	"syscall"
	"time"
)

func changed(s *syscall.Stat_t) int64 { return time.Unix(s.Ctim.Unix()).UnixNano() }
