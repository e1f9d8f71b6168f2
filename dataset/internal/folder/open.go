package folder

import (
	"errors"
	"io/fs"
	"os"
)

// ErrNotRegular means that a name isn't that of a regular file.
var ErrNotRegular = errors.New("is not a regular file")

// errReplaced means that a name led elsewhere from one moment to the next.
var errReplaced = errors.New("was replaced while it was opened")

// Open opens a regular file in a folder. It follows no symbolic link at the end of the
// name, none that leads out of the folder, and waits for no pipe.
func Open(in *os.Root, name string) (*os.File, error) {
	before, err := in.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, ErrNotRegular
	}
	file, err := in.OpenFile(name, openFlags, 0)
	if err != nil {
		return nil, err
	}
	if err := same(before, file.Stat); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// same returns an error unless what was opened is what the name led to before.
func same(before fs.FileInfo, stat func() (fs.FileInfo, error)) error {
	now, err := stat()
	if err == nil && !os.SameFile(before, now) {
		return errReplaced
	}
	return err
}

// openFolder opens a folder in another one, unless it is a symbolic link.
func openFolder(in *os.Root, name string) (*os.Root, error) {
	before, err := in.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !before.IsDir() {
		return nil, errReplaced
	}
	root, err := in.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if err := same(before, func() (fs.FileInfo, error) { return root.Stat(".") }); err != nil {
		_ = root.Close()
		return nil, err
	}
	return root, nil
}

// Open opens a file of the folder, as [Open] does.
func (l *Listing) Open(name string) (*os.File, error) { return Open(l.root, name) }

// Lstat describes what has a name in the folder now.
func (l *Listing) Lstat(name string) (fs.FileInfo, error) { return l.root.Lstat(name) }
