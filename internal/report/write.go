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
// and returns the paths of those that were written, in this order, also with an
// error. It renders them all before writing the first, and replaces each old file
// in one step.
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
	return writeSigned(ctx, dir, files, statement, signer)
}

// writeSigned writes the files, and then the statement's signature: a key that
// can't sign now must not cost the report.
func writeSigned(ctx context.Context, dir string, files []file, statement []byte, signer Signer) ([]string, error) {
	paths, err := replaceAll(dir, files)
	if signer == nil {
		return paths, err
	}
	bundle, failed := signer.Bundle(ctx, statement)
	if failed != nil {
		return paths, errors.Join(err, fmt.Errorf("sign the report's statement: %w", failed))
	}
	signed, failed := replaceAll(dir, []file{{bundleName, bundle}})
	return append(paths, signed...), errors.Join(err, failed)
}

// replaceAll writes the files into a folder, as many as it can, and returns the
// paths of those.
func replaceAll(dir string, files []file) ([]string, error) {
	var paths []string
	var failed error
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := Replace(path, f.text); err != nil {
			failed = errors.Join(failed, fmt.Errorf("write the report: %w", err))
			continue
		}
		paths = append(paths, path)
	}
	return paths, failed
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

// Replace writes a temporary file beside the old one and renames it. If the path is a
// symbolic link, it replaces the file that the link names.
func Replace(path string, text []byte) error {
	path, err := Target(path)
	if err != nil {
		return err
	}
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

// Target returns the file that [Replace] replaces: that of a symbolic link, or path
// itself. A link that leads to no file is an error.
func Target(path string) (string, error) {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSymlink {
		return path, nil
	}
	to, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("%s is a link that leads to no file; pass another file: %w", path, err)
	}
	return to, nil
}
