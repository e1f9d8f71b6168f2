package rehearse

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"datalock/internal/cleanup"
	"datalock/internal/filelock"
)

const (
	// folderPrefix is the prefix of the rehearsals' temporary folders.
	folderPrefix = "datalock-rehearsal-"
	// lockName is the file in a folder that a running rehearsal keeps locked.
	// No stack's folder has this name, because stack names have no dot.
	lockName = "in-use.lock"
	// temporaryName is the file that marks a folder as temporary: without it, a
	// folder isn't removed, whatever its name is.
	temporaryName = "temporary.mark"
)

// shortTemp is the parent of terraform's temporary folder if the path of the
// rehearsal's folder is too long.
const shortTemp = "/tmp"

// socketName has the length of the longest socket name that a provider uses in
// its temporary folder, including the '/' before it.
const socketName = "/plugin0123456789"

// longestTemp returns the maximum length of a temporary folder in which a
// provider can create its socket: a socket's path has at most 107 bytes on
// Linux, and 103 on other systems.
func longestTemp() int {
	if runtime.GOOS == "linux" {
		return 107 - len(socketName)
	}
	return 103 - len(socketName)
}

// ErrStillRunning is returned with the process if a process of a rehearsal is
// still running at its end.
var ErrStillRunning = errors.New("still running")

// endWithin is how long the processes of a rehearsal may take to end after they
// are killed.
const endWithin = 5 * time.Second

// A folder is the folder that a rehearsal works in. Its path is the mark of the
// processes that the rehearsal starts.
type folder struct {
	path string
	kept bool
	// temp is terraform's temporary folder. It is in path, unless its path
	// would be too long for the providers' sockets.
	temp    string
	lock    *os.File
	watcher *cleanup.Watcher
	// outer is the previous mark of this process, if it had one.
	outer string
}

// openFolder creates a temporary folder, or uses the one to keep, and marks the
// processes that are started from now on. It also removes the temporary folders
// of killed rehearsals.
func openFolder(keep string) (*folder, error) {
	f := &folder{path: keep, kept: keep != "", outer: os.Getenv(cleanup.Variable)}
	if err := f.make(); err != nil {
		return nil, fmt.Errorf("create the rehearsal's folder: %w", err)
	}
	var err error
	if f.lock, err = filelock.Lock(filepath.Join(f.path, lockName)); errors.Is(err, filelock.ErrInUse) {
		err = errors.New("another rehearsal is using it; wait for it to end, or use another folder")
	}
	if err == nil && f.kept {
		// It may be one that a killed rehearsal left.
		if err = os.Remove(filepath.Join(f.path, temporaryName)); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		_ = f.remove()
		f.watcher.Stop()
		return nil, fmt.Errorf("use the folder %s: %w", f.path, err)
	}
	return f, os.Setenv(cleanup.Variable, f.path)
}

// make creates the folder. It first starts the watcher that removes a temporary
// one.
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
	if err == nil && !f.kept {
		err = os.WriteFile(filepath.Join(f.path, temporaryName), nil, 0o600)
	}
	if err != nil {
		err = errors.Join(err, f.remove())
		f.watcher.Stop()
	}
	return err
}

// temporary returns the folders that are removed with the rehearsal.
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

// close kills the processes of the rehearsal that are still running, and
// removes the folder unless it is kept.
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

// sweep removes the temporary folders below dir that no running rehearsal holds,
// and kills their processes. It skips a folder without a lock file, which may be
// new, and one without the mark, which somebody keeps.
func sweep(dir string) {
	found, err := filepath.Glob(filepath.Join(dir, folderPrefix+"*"))
	if err != nil || !filelock.Works {
		return
	}
	for _, path := range found {
		name := filepath.Join(path, lockName)
		if !isFile(name) || !isFile(filepath.Join(path, temporaryName)) {
			continue
		}
		// To make the file anew would keep its owner from removing the folder.
		if lock, err := filelock.LockExisting(name); err == nil {
			if isFile(filepath.Join(path, temporaryName)) { // still: somebody may have kept it meanwhile
				_, _ = cleanup.Kill(path, 0, endWithin)
				_ = os.RemoveAll(path)
			}
			_ = lock.Close()
		}
	}
}

func isFile(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}
