package local

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// prefix begins the name of a server's binary in the cache.
	prefix = "server-"
	// buildPrefix begins the name of a build's folder for temporary files, which
	// ends the name of its unfinished binary.
	buildPrefix = "datalock-build-"
	// unusedAfter is when the binary of a checkout that nobody uses is removed.
	unusedAfter = 30 * 24 * time.Hour
	// abandonedAfter is when an unfinished binary is removed as the leftover of a
	// killed build.
	abandonedAfter = 24 * time.Hour
)

// prune removes from the cache the binaries of other checkouts that weren't
// built for a month, and what killed builds left. A build marks its binary, also
// if it was up to date. What can't be removed stays.
func prune(cache, binary string) {
	now := time.Now()
	entries, _ := os.ReadDir(cache)
	for _, entry := range entries {
		path, limit := filepath.Join(cache, entry.Name()), unusedAfter
		if strings.Contains(entry.Name(), "."+buildPrefix) {
			limit = abandonedAfter
		}
		info, err := entry.Info()
		if err == nil && strings.HasPrefix(entry.Name(), prefix) && path != binary && now.Sub(info.ModTime()) > limit {
			_ = os.Remove(path)
		}
	}
}
