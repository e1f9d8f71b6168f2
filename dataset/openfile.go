package dataset

import (
	"fmt"
	"io"
	"os"

	"datalock/dataset/internal/folder"
)

// openFile is a file being read, with its state when it was listed.
type openFile struct {
	file *os.File
	want folder.File
	in   *folder.Listing
}

// openListed opens a file and checks that it hasn't changed since it was listed.
func openListed(in *folder.Listing, f folder.File) (*openFile, error) {
	file, err := in.Open(f.Name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name, err)
	}
	o := &openFile{file, f, in}
	// To open it was to look at its name too.
	if err := o.same(o.file.Stat()); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

func (o *openFile) close() { _ = o.file.Close() }

// read fills the buffer from an offset.
func (o *openFile) read(buffer []byte, from int64) error {
	n, err := o.file.ReadAt(buffer, from)
	if n < len(buffer) {
		if err == io.EOF {
			return fmt.Errorf(
				"read %s: %w: it became shorter; stop writing to it and run again",
				o.want.Name,
				errChanged,
			)
		}
		return fmt.Errorf("read %s: %w", o.want.Name, err)
	}
	return nil
}

// unchanged returns an error if the file has changed since it was listed, or
// was replaced.
func (o *openFile) unchanged() error {
	if err := o.same(o.file.Stat()); err != nil {
		return err
	}
	return o.same(o.in.Lstat(o.want.Name))
}

func (o *openFile) same(info os.FileInfo, err error) error {
	if err != nil {
		return fmt.Errorf("read %s: %w", o.want.Name, err)
	}
	if what := o.want.Changed(folder.FileOf(o.want.Name, info)); what != "" {
		return fmt.Errorf("read %s: %w: %s; stop writing to it and run again", o.want.Name, errChanged, what)
	}
	return nil
}
