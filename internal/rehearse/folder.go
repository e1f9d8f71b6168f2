package rehearse

import (
	"fmt"
	"os"
	"path/filepath"
)

const (
	// folderPattern names the temporary folders of rehearsals.
	folderPattern = "datalock-rehearsal-*"
	// lockName is the file in a folder that a running rehearsal holds locked.
	lockName = "in-use"
)

// A folder is where a rehearsal works.
type folder struct {
	path string
	kept bool
	lock *os.File
}

// openFolder makes a temporary folder, or takes the one to keep. It also
// removes the temporary folders of rehearsals that were killed.
func openFolder(keep string) (*folder, error) {
	f := &folder{path: keep, kept: keep != ""}
	var err error
	if f.kept {
		if f.path, err = filepath.Abs(keep); err == nil {
			err = os.MkdirAll(f.path, 0o700)
		}
	} else {
		sweep(os.TempDir())
		f.path, err = os.MkdirTemp("", folderPattern)
	}
	if err != nil {
		return nil, fmt.Errorf("make the rehearsal's folder: %w", err)
	}
	f.lock, err = lockFile(filepath.Join(f.path, lockName))
	if err != nil {
		if !f.kept {
			_ = os.RemoveAll(f.path)
		}
		return nil, fmt.Errorf("use the folder %s: %w", f.path, err)
	}
	return f, nil
}

// close gives the folder up, and removes it unless it is kept.
func (f *folder) close() error {
	if f.kept {
		return f.lock.Close()
	}
	err := os.RemoveAll(f.path)
	_ = f.lock.Close()
	if err != nil {
		return fmt.Errorf("remove the rehearsal's folder: %w", err)
	}
	return nil
}

// sweep removes the folders below dir that no running rehearsal holds. One
// without a lock file may be a moment old: it is left.
func sweep(dir string) {
	found, err := filepath.Glob(filepath.Join(dir, folderPattern))
	if err != nil {
		return
	}
	for _, path := range found {
		name := filepath.Join(path, lockName)
		if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if lock, err := lockFile(name); err == nil {
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}
