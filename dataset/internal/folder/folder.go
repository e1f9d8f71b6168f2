// Package folder lists the files of a folder in the order of their names, with
// limited memory.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"datalock/dataset/internal/spill"
)

// A File is a regular file with its state when it was listed. If any of it
// differs later, the file has changed.
type File struct {
	// Name is the path below the folder, with slashes.
	Name string
	// Size is the size in bytes.
	Size int64
	// Modified is the modification time in nanoseconds since 1970.
	Modified int64
	// Device, Inode and Touched are 0 on systems without inodes. Touched is when the
	// file or what is known of it changed last, in nanoseconds since 1970; unlike
	// Modified no program can set it.
	Device, Inode uint64
	Touched       int64
}

// A Listing is the contents of a folder. The caller must close it.
type Listing struct {
	Files, Bytes int64
	// Largest is the size of the largest file in bytes.
	Largest int64
	// Excluded is the number of files and folders that a pattern excluded,
	// Unmatched the patterns that matched nothing outside excluded folders.
	Excluded  int64
	Unmatched []string
	// EmptyFolders are the first [maxNamed] empty folders, which S3 can't
	// store.
	EmptyFolders      []string
	EmptyFoldersCount int64

	root               *os.Root
	sorter, decomposed *spill.Sorter
}

// maxNamed is how many names a summary lists.
const maxNamed = 20

// batch is how many entries of a folder are in memory at a time.
const batch = 256

// UnreadableFolder begins the problem of a folder that can't be read: nothing is known of
// what is below it.
const UnreadableFolder = "is a folder that can't be read: "

// A Reporter receives the problem of a file or folder.
type Reporter func(name, problem string)

// Options say what to list.
type Options struct {
	// Exclude are patterns as in .gitignore, without !: with a slash at the end
	// they match only folders; with another slash they match the whole name
	// below the folder, without one its last part; ** matches any number of
	// folders. A ./ at the start means the folder.
	Exclude []string
	// MaxSize is the maximum size of a file in bytes, unlimited if it is 0.
	MaxSize int64
	// MaxName is the maximum length of a name in bytes.
	MaxName int
	// Listed, if not nil, counts the files.
	Listed *atomic.Int64
}

// List lists the regular files below dir. It reports what can't be stored as an
// object; an error means that the folder couldn't be read.
func List(ctx context.Context, dir string, o Options, report Reporter) (*Listing, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("list the folder: %w", err)
	}
	patterns, wrong := parsePatterns(o.Exclude)
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("list the folder: %w", err)
	}
	w := &walker{
		ctx: ctx, o: o, patterns: patterns, report: report,
		l: &Listing{root: root, sorter: spill.New(), decomposed: spill.New()},
	}
	err = w.folder(root, "")
	w.l.Unmatched = w.unmatched()
	if err == nil {
		err = w.l.twins(report)
	}
	if err != nil {
		w.l.Close()
		return nil, err
	}
	return w.l, nil
}

// Close removes the temporary files and closes the folder.
func (l *Listing) Close() {
	_ = l.root.Close()
	l.sorter.Close()
	l.decomposed.Close()
}

// Sorted returns the files in the byte order of their names.
func (l *Listing) Sorted() iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for record, err := range l.sorter.Sorted() {
			var f File
			if err == nil {
				f, err = parse(record)
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

type walker struct {
	ctx      context.Context
	o        Options
	patterns []pattern
	report   Reporter
	l        *Listing
}

// folder lists one folder. It keeps at most one batch of entries in memory for
// each level of folders.
func (w *walker) folder(dir *os.Root, below string) error {
	if err := context.Cause(w.ctx); err != nil {
		return err
	}
	open, err := dir.Open(".")
	if err != nil {
		if below == "" {
			return fmt.Errorf("list the folder: %w", err)
		}
		w.report(below, UnreadableFolder+reason(err))
		return nil
	}
	defer open.Close()
	found := false
	for {
		entries, err := open.ReadDir(batch)
		for _, entry := range entries {
			found = true
			if err := w.entry(dir, path.Join(below, entry.Name()), entry); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("list the folder: %w", err)
		}
	}
	if !found && below != "" {
		w.l.EmptyFoldersCount++
		if len(w.l.EmptyFolders) < maxNamed {
			w.l.EmptyFolders = append(w.l.EmptyFolders, below)
		}
	}
	return nil
}

// below lists a folder in another one. A folder that becomes a symbolic link in the
// meantime isn't followed.
func (w *walker) below(dir *os.Root, name, last string) error {
	inner, err := openFolder(dir, last)
	if err != nil {
		w.report(name, UnreadableFolder+reason(err))
		return nil
	}
	defer inner.Close()
	return w.folder(inner, name)
}

func (w *walker) entry(dir *os.Root, name string, entry fs.DirEntry) error {
	if w.excluded(name, entry.IsDir()) {
		w.l.Excluded++
		return nil
	}
	kind := entry.Type()
	switch {
	case kind.IsDir():
		return w.below(dir, name, entry.Name())
	case kind&fs.ModeSymlink != 0:
		w.report(name, "is a symbolic link; replace it with the file it points to, or exclude it")
		return nil
	case !kind.IsRegular():
		w.report(name, "is not a regular file; exclude it")
		return nil
	}
	if problem := checkName(name, w.o.MaxName); problem != "" {
		w.report(name, problem)
		return nil
	}
	open, err := Open(dir, entry.Name())
	if err != nil {
		w.report(name, "can't be read: "+reason(err))
		return nil
	}
	info, err := open.Stat()
	_ = open.Close()
	if err != nil {
		return fmt.Errorf("list the folder: %w", err)
	}
	if w.o.MaxSize > 0 && info.Size() > w.o.MaxSize {
		w.report(name, fmt.Sprintf("has %d bytes, and an object of S3 at most %d; split it", info.Size(), w.o.MaxSize))
		return nil
	}
	if w.o.Listed != nil {
		w.o.Listed.Add(1)
	}
	return w.l.add(FileOf(name, info))
}

// FileOf returns the File of an open file.
func FileOf(name string, info fs.FileInfo) File {
	f := File{Name: name, Size: info.Size(), Modified: info.ModTime().UnixNano()}
	f.setState(info)
	return f
}

// Changed says how a file differs from what was listed, "" if it doesn't.
func (f File) Changed(now File) string {
	switch {
	case now.Size != f.Size:
		return fmt.Sprintf("its size changed from %d to %d bytes", f.Size, now.Size)
	case now.Inode != f.Inode || now.Device != f.Device:
		return "another file has its name"
	case now.Modified != f.Modified:
		return "it was written at " + moment(now.Modified)
	case now.Touched != f.Touched:
		return "it, its name or its permissions changed at " + moment(now.Touched)
	}
	return ""
}

func moment(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

func (l *Listing) add(f File) error {
	l.Files++
	l.Bytes += f.Size
	l.Largest = max(l.Largest, f.Size)
	if err := l.addTwin(f.Name); err != nil {
		return err
	}
	record := make([]byte, 0, len(f.Name)+80)
	record = append(append(record, f.Name...), 0)
	return l.sorter.Add(fmt.Appendf(record, "%d %d %d %d %d", f.Size, f.Modified, f.Device, f.Inode, f.Touched))
}

func parse(record []byte) (File, error) {
	name, rest, _ := strings.Cut(string(record), "\x00")
	f := File{Name: name}
	if _, err := fmt.Sscanf(rest, "%d %d %d %d %d", &f.Size, &f.Modified, &f.Device, &f.Inode, &f.Touched); err != nil {
		return File{}, fmt.Errorf("read a temporary file: %w", err)
	}
	return f, nil
}

// reason returns an error's text without the path, which the caller adds.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
