package objectlock

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
)

// nullVersion is the version of an object from before versioning.
const nullVersion = "null"

// place says where the files of a key lie: the newest version, or a delete
// marker, under the key's own name, and those behind it in a folder outside the
// bucket, each under its version's id. So a key without a newest file has none.
type place struct {
	newest, older string
}

func (f Folders) place(bucket, key string) place {
	sum := sha256.Sum256([]byte(key))
	name := hex.EncodeToString(sum[:])
	return place{
		newest: filepath.Join(bucket, key),
		older:  filepath.Join(f.Versions, bucket, name[:2], name[2:4], name[4:6], name),
	}
}

// file returns the path of a version's file; the newest's without a version.
// That there is such a file is not said.
func (p place) file(files meta.MetadataStorer, version string) (string, error) {
	if version == "" {
		return p.newest, nil
	}
	newest, err := versionOf(files, p.newest)
	if err != nil {
		return "", err
	}
	if newest == version {
		return p.newest, nil
	}
	return filepath.Join(p.older, version), nil
}

// versionOf returns the version id of a file.
func versionOf(files meta.MetadataStorer, path string) (string, error) {
	id, err := files.RetrieveAttribute(nil, path, "", attrVersion)
	if errors.Is(err, meta.ErrNoSuchKey) {
		return nullVersion, nil
	}
	if err != nil {
		return "", fmt.Errorf("read the version id of %s: %w", path, err)
	}
	return string(id), nil
}

// isMarker says whether a file is a delete marker.
func isMarker(files meta.MetadataStorer, path string) (bool, error) {
	_, err := files.RetrieveAttribute(nil, path, "", attrMarker)
	if errors.Is(err, meta.ErrNoSuchKey) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read whether %s is a delete marker: %w", path, err)
	}
	return true, nil
}

// isAbsent says that there is no such file.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// keepBehind gives the newest file a second name, under which it stays when
// another file takes the first.
func (p place) keepBehind(version string) error {
	if err := os.MkdirAll(p.older, 0o755); err != nil {
		return fmt.Errorf("keep version %s: %w", version, err)
	}
	name := filepath.Join(p.older, version)
	err := os.Link(p.newest, name)
	if errors.Is(err, fs.ErrExist) {
		// A try that failed halfway has left it.
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("keep version %s: %w", version, err)
		}
		err = os.Link(p.newest, name)
	}
	if err != nil {
		return fmt.Errorf("keep version %s: %w", version, err)
	}
	return nil
}

// publishMarker lets a delete marker take the key's name in one step. Without a
// version it is the null version.
func (p place) publishMarker(files meta.MetadataStorer, bucket, version string) (err error) {
	folder := filepath.Join(bucket, posix.MetaTmpDir)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("lay a delete marker: %w", err)
	}
	f, err := os.CreateTemp(folder, "marker-")
	if err != nil {
		return fmt.Errorf("lay a delete marker: %w", err)
	}
	defer func() {
		_ = f.Close()
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := files.StoreAttribute(f, "", "", attrMarker, []byte{}); err != nil {
		return fmt.Errorf("lay a delete marker: %w", err)
	}
	if version != nullVersion {
		if err := files.StoreAttribute(f, "", "", attrVersion, []byte(version)); err != nil {
			return fmt.Errorf("lay a delete marker: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(p.newest), 0o755); err != nil {
		return err
	}
	return os.Rename(f.Name(), p.newest)
}

// removeNewest removes the newest file. The one behind it takes its name in the
// same step.
func (p place) removeNewest(bucket string) error {
	next, err := p.next()
	if err != nil {
		return err
	}
	if next == "" {
		if err := os.Remove(p.newest); err != nil {
			return fmt.Errorf("remove the only version: %w", err)
		}
		removeEmpty(filepath.Dir(p.newest), bucket)
		return nil
	}
	if err := os.Rename(filepath.Join(p.older, next), p.newest); err != nil {
		return fmt.Errorf("bring version %s back: %w", next, err)
	}
	return nil
}

// next returns the version behind the newest, "" where there is none. The ids
// are in the order of their making; the null version has its place by its time.
func (p place) next() (string, error) {
	entries, err := os.ReadDir(p.older)
	if err != nil && !isAbsent(err) {
		return "", fmt.Errorf("look for the version behind the newest: %w", err)
	}
	next, null := "", false
	for _, entry := range entries {
		if entry.Name() == nullVersion {
			null = true
			continue
		}
		next = max(next, entry.Name())
	}
	if !null {
		return next, nil
	}
	if next == "" {
		return nullVersion, nil
	}
	nullFile, err := os.Stat(filepath.Join(p.older, nullVersion))
	if err != nil {
		return "", fmt.Errorf("look for the version behind the newest: %w", err)
	}
	nextFile, err := os.Stat(filepath.Join(p.older, next))
	if err != nil {
		return "", fmt.Errorf("look for the version behind the newest: %w", err)
	}
	if nullFile.ModTime().After(nextFile.ModTime()) {
		return nullVersion, nil
	}
	return next, nil
}

// removeEmpty removes a folder and those above it, as long as they are empty
// and below the top.
func removeEmpty(folder, top string) {
	for folder != top && folder != "." && folder != string(filepath.Separator) {
		if os.Remove(folder) != nil {
			return
		}
		folder = filepath.Dir(folder)
	}
}

// keepTime remembers when the newest version was made; the function returned
// gives that time to the copy that the backend has made of it since.
func (b *Backend) keepTime(bucket, key string) func() {
	p := b.folders.place(bucket, key)
	info, err := os.Lstat(p.newest)
	if err != nil || !info.Mode().IsRegular() {
		return func() {}
	}
	version, err := versionOf(b.files, p.newest)
	if err != nil {
		return func() {}
	}
	return func() {
		_ = os.Chtimes(filepath.Join(p.older, version), info.ModTime(), info.ModTime())
	}
}
