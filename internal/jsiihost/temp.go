package jsiihost

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// need is the space for what jsii unpacks, with some reserve, in bytes.
const need = 16 << 20

// A folder is a temporary folder that this process keeps locked while it lives,
// so the next run can tell it from one left by a killed run.
type folder struct {
	path string
	lock *os.File // nil if the system has no locks
}

// folderPrefix is the prefix of the folders' names, and folderName their
// pattern. What matches is removed, so nobody may name a folder of his own like
// this; a stack can't have such a name, because of the dot.
const folderPrefix = ".datalock-jsii-"

var folderName = regexp.MustCompile(`^` + regexp.QuoteMeta(folderPrefix) + `\d+$`)

// CheckTemp checks the system's temporary folder, and returns an error with the
// fix. Node itself would report the problem only later.
func CheckTemp() error {
	temp, err := makeTemp("")
	if err == nil {
		temp.remove()
	}
	return err
}

// makeTemp creates a folder below dir with enough space for what jsii and node
// write. First it removes what killed runs left there.
func makeTemp(dir string) (folder, error) {
	dir = cmp.Or(dir, os.TempDir())
	sweep(dir)
	temp, err := newFolder(dir)
	if err != nil {
		return folder{}, fmt.Errorf("use the temporary folder %s: %w; set TMPDIR to a folder that can be written", dir, err)
	}
	if free, known := available(temp.path); known && free < need {
		temp.remove()
		return folder{}, fmt.Errorf("use the temporary folder %s: no space left on device: "+
			"%d MB are free where %d MB are needed; make room, or set TMPDIR to another folder", dir, free>>20, need>>20)
	}
	return temp, nil
}

func newFolder(dir string) (folder, error) {
	for {
		path, err := os.MkdirTemp(dir, folderPrefix)
		if err != nil {
			return folder{}, err
		}
		if lock, ours := hold(path); ours {
			return folder{path, lock}, nil
		}
	}
}

// remove removes the folder. A process that was just killed may still be
// writing to it.
func (f folder) remove() {
	for range 50 {
		if os.RemoveAll(f.path) == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if f.lock != nil {
		_ = f.lock.Close()
	}
}

// sweep removes the folders below dir that no process holds.
func sweep(dir string) {
	file, err := os.Open(dir)
	if err != nil {
		return
	}
	names, _ := file.Readdirnames(-1)
	_ = file.Close()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if !folderName.MatchString(name) {
			continue
		}
		if info, err := os.Lstat(path); err != nil || !info.IsDir() {
			continue
		}
		if lock, ours := hold(path); ours && lock != nil {
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}
