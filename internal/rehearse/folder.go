package rehearse

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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

// shortTemp is where terraform's temporary folder is if the path of the
// rehearsal's folder is too long.
const shortTemp = "/tmp"

// socketName is the longest name of a socket that a provider makes in its
// temporary folder, with the '/' before it.
const socketName = "/plugin0123456789"

// longestTemp returns the longest temporary folder in which a provider can
// make its socket: the path of one has at most 107 bytes on Linux, and 103 on
// the other systems.
func longestTemp() int {
	if runtime.GOOS == "linux" {
		return 107 - len(socketName)
	}
	return 103 - len(socketName)
}

// ErrStillRunning is returned, with the process, if one that a rehearsal
// started still runs at its end.
var ErrStillRunning = errors.New("still running")

// endWithin is how long the processes of a rehearsal may take to end once they
// are killed.
const endWithin = 5 * time.Second

// A folder is where a rehearsal works. Its path is the mark of the processes
// that the rehearsal starts.
type folder struct {
	path string
	kept bool
	// temp is terraform's temporary folder. It is in path, unless its own path
	// would be too long there for the sockets of providers.
	temp    string
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
		_ = f.remove()
		f.watcher.Stop()
		return nil, fmt.Errorf("use the folder %s: %w", f.path, err)
	}
	return f, os.Setenv(cleanup.Variable, f.path)
}

// make makes the folder. The watcher that removes a temporary one is there
// before it.
func (f *folder) make() (err error) {
	name := folderPrefix + rand.Text()[:10]
	if f.kept {
		if f.path, err = filepath.Abs(f.path); err != nil {
			return err
		}
	} else {
		sweep(os.TempDir())
		f.path = filepath.Join(os.TempDir(), name)
	}
	f.temp = filepath.Join(f.path, "t")
	if info, err := os.Stat(shortTemp); len(f.temp) > longestTemp() && err == nil && info.IsDir() {
		f.temp = filepath.Join(shortTemp, name+"t")
	}
	if f.watcher, err = cleanup.Watch(f.path, f.temporary()...); err != nil {
		return err
	}
	if err = os.MkdirAll(f.path, 0o700); err == nil {
		err = os.MkdirAll(f.temp, 0o700)
	}
	if err != nil {
		err = errors.Join(err, f.remove())
		f.watcher.Stop()
	}
	return err
}

// temporary returns the folders that go with the rehearsal.
func (f *folder) temporary() []string {
	var folders []string
	if !f.kept {
		folders = append(folders, f.path)
	}
	if filepath.Dir(f.temp) != f.path {
		folders = append(folders, f.temp)
	}
	return folders
}

func (f *folder) remove() error {
	var err error
	for _, path := range f.temporary() {
		err = errors.Join(err, os.RemoveAll(path))
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
	if gone := f.remove(); gone != nil {
		err = errors.Join(err, fmt.Errorf("remove the rehearsal's folder: %w", gone))
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
