//go:build !unix

package slimcache

// executable tells whether the system would run a script.
func executable(string) bool { return false }
