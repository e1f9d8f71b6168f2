package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pkg/xattr"
)

const (
	// folderPrefix begins the name of every temporary data folder.
	folderPrefix = "datalock-server-"
	// temporaryName is the file that marks a folder as temporary: without it, a
	// folder isn't removed, whatever its name is.
	temporaryName = ".datalock-temporary"
)

// folder is the data folder of a running server.
type folder struct {
	path      string
	temporary bool
	// lock is the folder itself, opened and locked as long as the server runs:
	// one server per folder, and a temporary folder that nobody holds was left
	// by one that was killed.
	lock *os.File
}

var errInUse = errors.New("another server uses it")

// openFolder opens the data folder, making it where it is missing. Without a
// name it makes a temporary one, and removes those that killed servers left.
func openFolder(dir string) (*folder, error) {
	if dir == "" {
		removeLeftovers(os.TempDir())
		return temporaryFolder()
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open the data folder: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := lockFolder(path)
	if err != nil {
		return nil, fmt.Errorf("open the data folder %s: %w", path, err)
	}
	// It may be one that a killed server left.
	if err := os.Remove(filepath.Join(path, temporaryName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = lock.Close()
		return nil, fmt.Errorf("open the data folder %s: %w", path, err)
	}
	return &folder{path: path, lock: lock}, nil
}

// temporaryFolder makes the folder under a hidden name and renames it when it
// is locked, so that nobody takes it for a leftover.
func temporaryFolder() (*folder, error) {
	hidden, err := os.MkdirTemp("", "."+folderPrefix)
	if err != nil {
		return nil, fmt.Errorf("make a temporary data folder: %w", err)
	}
	lock, err := lockFolder(hidden)
	if err == nil {
		err = os.WriteFile(filepath.Join(hidden, temporaryName), nil, 0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a temporary data folder: %w", err), os.RemoveAll(hidden))
	}
	path := filepath.Join(filepath.Dir(hidden), filepath.Base(hidden)[1:])
	if err := os.Rename(hidden, path); err != nil {
		return nil, errors.Join(fmt.Errorf("make a temporary data folder: %w", err), os.RemoveAll(hidden))
	}
	return &folder{path: path, temporary: true, lock: lock}, nil
}

// lockFolder locks the folder itself. A file in it would be made anew by another
// server that looks for leftovers while its owner removes it.
func lockFolder(path string) (*os.File, error) {
	lock, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errInUse
		}
		return nil, err
	}
	return lock, nil
}

// removeLeftovers removes the temporary folders that no server holds. What it
// can't remove stays: it is no reason not to start.
func removeLeftovers(parent string) {
	found, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range found {
		if info, err := os.Lstat(path); err != nil || !info.IsDir() {
			continue
		}
		if !isTemporary(path) {
			continue
		}
		lock, err := lockFolder(path)
		if err != nil {
			continue
		}
		if isTemporary(path) { // still: somebody may have kept it meanwhile
			_ = os.RemoveAll(path)
		}
		_ = lock.Close()
	}
}

func isTemporary(path string) bool {
	info, err := os.Lstat(filepath.Join(path, temporaryName))
	return err == nil && info.Mode().IsRegular()
}

// close gives the folder up, and removes it where it is temporary.
func (f *folder) close() error {
	defer func() { _ = f.lock.Close() }()
	if !f.temporary {
		return nil
	}
	if err := os.RemoveAll(f.path); err != nil {
		return fmt.Errorf("remove the temporary data folder: %w", err)
	}
	return nil
}

// sub makes a folder inside the data folder and returns its path.
func (f *folder) sub(name string) (string, error) {
	path := filepath.Join(f.path, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("make a folder for %s: %w", name, err)
	}
	return path, nil
}

// takesAttributes refuses a folder without extended attributes: objects keep
// their metadata and their locks there.
func (f *folder) takesAttributes() error {
	if _, err := os.Stat(filepath.Join(f.path, "sidecar")); err == nil {
		return fmt.Errorf("the folder %s was begun with metadata in files of their own, which lose versions: name another "+
			"folder with --dir", f.path)
	}
	if err := xattr.FSet(f.lock, "user.datalock", make([]byte, 1024)); err != nil {
		return fmt.Errorf("the data folder %s has no extended attributes (%w): with --dir name a folder on a file system "+
			"that has them, such as ext4, XFS, APFS or the tmpfs of a recent Linux", f.path, err)
	}
	return nil
}
