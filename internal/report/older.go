package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"datalock/internal/filelock"
)

// previousName is the folder for the report of an earlier run, until this one has
// written its own.
const previousName = "previous"

// reportFiles are all files of a report.
var reportFiles = []string{
	"report.html", "report.md", "report.json", statementName, bundleName, journalName,
}

// SetAside moves the files of an earlier report into the folder "previous": beside
// a run that fails they would pass for its report. It does nothing if there are
// none.
func SetAside(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	held, err := hold(dir)
	if err != nil {
		return err
	}
	defer release(held)
	_, err = setAside(dir)
	return err
}

// setAside returns the names of the files that it moved.
func setAside(dir string) (moved []string, err error) {
	if err := keepPrevious(dir); err != nil {
		return nil, fmt.Errorf("set the earlier report aside: %w", err)
	}
	for _, name := range reportFiles {
		from := filepath.Join(dir, name)
		if info, err := os.Lstat(from); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if err := os.MkdirAll(filepath.Join(dir, previousName), 0o755); err != nil {
			return moved, fmt.Errorf("set the earlier report aside: %w", err)
		}
		if err := os.Rename(from, filepath.Join(dir, previousName, name)); err != nil {
			return moved, fmt.Errorf("set the earlier report aside: %w", err)
		}
		moved = append(moved, name)
	}
	return moved, nil
}

// keepPrevious renames the folder "previous" of a run that was killed, if there
// are newer files to set aside: two runs' files in one folder would pass for one
// report.
func keepPrevious(dir string) error {
	previous := filepath.Join(dir, previousName)
	if !hasReport(dir) || !hasReport(previous) {
		return nil
	}
	return os.Rename(previous, previous+time.Now().UTC().Format("-20060102-150405.000"))
}

// hasReport reports whether a folder has a file of a report.
func hasReport(dir string) bool {
	return slices.ContainsFunc(reportFiles, func(name string) bool {
		info, err := os.Lstat(filepath.Join(dir, name))
		return err == nil && info.Mode().IsRegular()
	})
}

// takeBack undoes setAside.
func takeBack(dir string, moved []string) {
	for _, name := range moved {
		_ = os.Rename(filepath.Join(dir, previousName, name), filepath.Join(dir, name))
	}
	_ = os.Remove(filepath.Join(dir, previousName))
}

// dropPrevious deletes the earlier report, which the new one replaces.
func dropPrevious(dir string) {
	for _, name := range reportFiles {
		_ = os.Remove(filepath.Join(dir, previousName, name))
	}
	_ = os.Remove(filepath.Join(dir, previousName))
}

// hold locks the folder, so that no other run writes into it.
func hold(dir string) (*os.File, error) {
	file, err := filelock.Lock(filepath.Join(dir, roomName))
	switch {
	case errors.Is(err, filelock.ErrInUse):
		return nil, fmt.Errorf("write the report into %s: another run is using it; "+
			"wait for it to end, or pass another folder with --report", dir)
	case err != nil:
		return nil, fmt.Errorf("write the report into %s: %w; pass another folder with --report", dir, err)
	}
	return file, nil
}

// release ends the lock.
func release(file *os.File) {
	if !filelock.Works { // Windows removes no open file, and there is no lock to keep.
		_ = file.Close()
	}
	_ = os.Remove(file.Name())
	_ = file.Close()
}

// writeAlone writes a report into a folder in place of an earlier one.
func writeAlone(dir string, write func() ([]string, error)) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the report's folder: %w", err)
	}
	held, err := hold(dir)
	if err != nil {
		return nil, err
	}
	defer release(held)
	if _, err := setAside(dir); err != nil {
		return nil, err
	}
	paths, err := write()
	if err == nil {
		dropPrevious(dir)
	}
	return paths, err
}
