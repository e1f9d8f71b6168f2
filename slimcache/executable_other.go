//go:build !unix

package slimcache

// executable reports whether the system can run a script.
func executable(string) bool { return false }
