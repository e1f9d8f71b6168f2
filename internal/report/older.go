package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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
