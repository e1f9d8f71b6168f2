package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write writes report.html, report.md and report.json into dir, which is made
// when needed, and returns their paths in this order. All three are made before
// the first is written, and each replaces its predecessor in one step.
func Write(r Report, dir string) ([]string, error) {
	page, err := HTML(r)
	if err != nil {
		return nil, err
	}
	text, err := JSON(r)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the report's folder: %w", err)
	}
	var paths []string
	for _, file := range []struct {
		name string
		text []byte
	}{{"report.html", page}, {"report.md", Markdown(r)}, {"report.json", text}} {
		path := filepath.Join(dir, file.name)
		if err := replace(path, file.text); err != nil {
			return nil, fmt.Errorf("write the report: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// CanWrite returns an error where [Write] could not write into dir. It leaves
// nothing behind: what a run locks is worth more than a folder's name, so that
// is tried before.
func CanWrite(dir string) error {
	at, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find the report's folder: %w", err)
	}
	for {
		_, err := os.Stat(at)
		if !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	probe, err := os.MkdirTemp(at, ".datalock-report-")
	if err != nil {
		return fmt.Errorf("write the report into %s: %w; name another folder in --report", dir, err)
	}
	return os.Remove(probe)
}

// JSON returns report.json.
func JSON(r Report) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	return out.Bytes(), nil
}

// replace writes a file beside the old one and renames it.
func replace(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
