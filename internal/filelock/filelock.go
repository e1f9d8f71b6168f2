// Package filelock locks a file for as long as it is open: the lock ends with the
// process, however it ends. On systems without flock there are no locks.
package filelock

import "errors"

// ErrInUse is returned by [Lock] and [LockExisting] if another process, or this
// one, has the lock.
var ErrInUse = errors.New("in use")
