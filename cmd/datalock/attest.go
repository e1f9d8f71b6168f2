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
	case err == nil && !info.Mode().IsRegular():
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--attest: %w", err)
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
	write := report.Replace
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		write = func(path string, text []byte) error { return os.WriteFile(path, text, 0o644) }
	} else if out, wrong := os.Stdout.Stat(); err == nil && wrong == nil && os.SameFile(info, out) {
		// As /dev/stdout it may be a file that already has the result.
		write = func(_ string, text []byte) error { _, err := os.Stdout.Write(text); return err }
	}
	if err := write(path, bundle); err != nil {
		return fmt.Errorf("write the statement: %w", err)
	}
	return nil
}
