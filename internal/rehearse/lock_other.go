//go:build !unix

package rehearse

import "os"

// lockFile only opens the file: without flock, nothing is swept.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
}
