package rehearse

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"datalock/internal/cleanup"
)

const (
	// folderPrefix begins the names of the temporary folders of rehearsals.
	folderPrefix = "datalock-rehearsal-"
	// lockName is the file in a folder that a running rehearsal holds locked. No
	// stack's folder has this name, because no stack's name has a dot.
	lockName = "in-use.lock"
)

// ErrStillRunning is returned, with the process, if one that a rehearsal
// started still runs at its end.
var ErrStillRunning = errors.New("still running")

// endWithin is how long the processes of a rehearsal may take to end once they
// are killed.
const endWithin = 5 * time.Second

// A folder is where a rehearsal works. Its path is the mark of the processes
// that the rehearsal starts.
type folder struct {
	path    string
	kept    bool
	lock    *os.File
	watcher *cleanup.Watcher
	// outer is the mark of this process, if it has one.
	outer string
}

// openFolder makes a temporary folder, or takes the one to keep, and marks the
// processes that are started from now on. It also removes the temporary folders
// of rehearsals that were killed.
func openFolder(keep string) (*folder, error) {
	f := &folder{path: keep, kept: keep != "", outer: os.Getenv(cleanup.Variable)}
	if err := f.make(); err != nil {
		return nil, fmt.Errorf("make the rehearsal's folder: %w", err)
	}
	var err error
	if f.lock, err = lockFile(filepath.Join(f.path, lockName)); err != nil {
		f.watcher.Stop()
		if !f.kept {
			_ = os.RemoveAll(f.path)
		}
		return nil, fmt.Errorf("use the folder %s: %w", f.path, err)
	}
	return f, os.Setenv(cleanup.Variable, f.path)
}

// make makes the folder. The watcher that removes a temporary one is there
// before it.
func (f *folder) make() (err error) {
	if f.kept {
		if f.path, err = filepath.Abs(f.path); err != nil {
			return err
		}
		if f.watcher, err = cleanup.Watch(f.path); err == nil {
			err = os.MkdirAll(f.path, 0o700)
		}
	} else {
		sweep(os.TempDir())
		f.path = filepath.Join(os.TempDir(), folderPrefix+rand.Text()[:10])
		if f.watcher, err = cleanup.Watch(f.path, f.path); err == nil {
			err = os.Mkdir(f.path, 0o700)
		}
	}
	if err != nil && f.watcher != nil {
		f.watcher.Stop()
	}
	return err
}

// close kills what the rehearsal started and still runs, gives the folder up,
// and removes it unless it is kept.
func (f *folder) close() error {
	left, err := cleanup.Kill(f.path, 0, endWithin)
	if errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	for _, p := range left {
		err = errors.Join(err, fmt.Errorf("%w: %s", ErrStillRunning, p))
	}
	if !f.kept {
		if gone := os.RemoveAll(f.path); gone != nil {
			err = errors.Join(err, fmt.Errorf("remove the rehearsal's folder: %w", gone))
		}
	}
	_ = f.lock.Close()
	f.watcher.Stop()
	return errors.Join(err, os.Setenv(cleanup.Variable, f.outer))
}

// sweep removes the folders below dir that no running rehearsal holds, and ends
// what runs for them. One
// without a lock file may be a moment old: it is left.
func sweep(dir string) {
	found, err := filepath.Glob(filepath.Join(dir, folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range found {
		name := filepath.Join(path, lockName)
		if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if lock, err := lockFile(name); err == nil {
			_, _ = cleanup.Kill(path, 0, endWithin)
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}
