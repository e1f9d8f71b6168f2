package report

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"datalock/internal/plainjson"
)

// write writes report.html, report.md, report.json and the statement into dir,
// and returns their paths in this order. It renders them all before writing the
// first, and replaces each old file in one step.
func write(ctx context.Context, r *Report, dir string, signer Signer) ([]string, error) {
	page, err := HTML(r)
	if err != nil {
		return nil, err
	}
	text, err := JSON(r)
	if err != nil {
		return nil, err
	}
	statement, err := StatementOf(r, text)
	if err != nil {
		return nil, err
	}
	files := []file{
		{"report.html", page}, {"report.md", Markdown(r)}, {"report.json", text}, {statementName, statement},
	}
	// An older signature belongs to another report.
	_ = os.Remove(filepath.Join(dir, bundleName))
	signed, err := sign(ctx, statement, signer)
	if err != nil {
		return nil, err
	}
	return replaceAll(dir, append(files, signed...))
}

// sign returns the signed statement, or no file without a signer.
func sign(ctx context.Context, statement []byte, signer Signer) ([]file, error) {
	if signer == nil {
		return nil, nil
	}
	bundle, err := signer.Bundle(ctx, statement)
	if err != nil {
		return nil, fmt.Errorf("sign the report's statement: %w", err)
	}
	return []file{{bundleName, bundle}}, nil
}

// replaceAll writes the files into a folder and returns their paths.
func replaceAll(dir string, files []file) ([]string, error) {
	var paths []string
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := replace(path, f.text); err != nil {
			return nil, fmt.Errorf("write the report: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// bundleName is the signed statement, a Sigstore bundle.
const bundleName = "report.sigstore.json"

type file struct {
	name string
	text []byte
}

// CanWrite returns an error if the report could not be written into dir, and
// leaves nothing behind. It is checked before a run locks anything.
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
		return fmt.Errorf("write the report into %s: %w; pass another folder with --report", dir, err)
	}
	return os.Remove(probe)
}

// JSON returns report.json.
func JSON(r *Report) ([]byte, error) {
	text, err := plainjson.Indented(r)
	if err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	return text, nil
}

// replace writes a temporary file beside the old one and renames it.
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
