package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"datalock/internal/report"
)

// canAttest returns an error if the statement couldn't be written, before hours of work.
func canAttest(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("--attest: %s is a folder; pass a file", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--attest: %w", err)
	case inPlace(path) != nil:
		return nil
	}
	path, err = report.Target(path)
	if err != nil {
		return fmt.Errorf("--attest: %w", err)
	}
	probe, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("--attest: %w", err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// attestTo writes the statement. An earlier one stays until the new one is complete.
func attestTo(path string, bundle []byte) error {
	write := inPlace(path)
	if write == nil {
		write = func(text []byte) error { return report.Replace(path, text) }
	}
	if err := write(bundle); err != nil {
		return fmt.Errorf("write the statement: %w", err)
	}
	return nil
}

// inPlace returns what writes to a path that can't be replaced: a device, a pipe, or
// standard output, which may be a file that has the result already. It returns nil for
// another file.
func inPlace(path string) func(text []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if out, err := os.Stdout.Stat(); err == nil && os.SameFile(info, out) {
		return func(text []byte) error { _, err := os.Stdout.Write(text); return err }
	}
	if !info.Mode().IsRegular() {
		return func(text []byte) error { return os.WriteFile(path, text, 0o644) }
	}
	return nil
}
