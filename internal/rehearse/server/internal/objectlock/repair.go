package objectlock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
)

// inProgress ends the name of an upload's folder while it is completed.
const inProgress = ".inprogress"

// repair finishes what a killed server has begun. Every change of a version's
// place is one step, so there are only leftovers: files that no key had yet, a
// version that has its place behind the newest and is still the newest, and
// uploads that were being completed.
//
// progress is called now and then with the number of keys so far.
func repair(files meta.MetadataStorer, folders Folders, progress func(keys int)) error {
	keys, said := 0, time.Now()
	step := func() {
		if keys++; time.Since(said) >= progressEvery {
			said = time.Now()
			progress(keys)
		}
	}
	buckets, err := os.ReadDir(folders.Buckets)
	if err != nil {
		return err
	}
	for _, bucket := range buckets {
		if !bucket.IsDir() || strings.HasPrefix(bucket.Name(), ".") {
			continue
		}
		path := filepath.Join(folders.Buckets, bucket.Name())
		if err := removeStaged(path, filepath.Join(folders.Versions, bucket.Name())); err != nil {
			return err
		}
		if err := removeDoubles(files, folders, bucket.Name(), step); err != nil {
			return err
		}
		if err := repairUploads(files, folders, bucket.Name()); err != nil {
			return err
		}
	}
	return nil
}

// removeStaged removes the files that had no key yet.
func removeStaged(folders ...string) error {
	for _, folder := range folders {
		staged, err := os.ReadDir(filepath.Join(folder, posix.MetaTmpDir))
		if err != nil && !isAbsent(err) {
			return err
		}
		for _, entry := range staged {
			if entry.IsDir() {
				continue
			}
			if err := os.Remove(filepath.Join(folder, posix.MetaTmpDir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// progressEvery is how often a repair that takes long says so.
var progressEvery = 2 * time.Second

// removeDoubles removes, behind each newest version, the same version.
func removeDoubles(files meta.MetadataStorer, folders Folders, bucket string, step func()) error {
	top := filepath.Join(folders.Buckets, bucket)
	return filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path == filepath.Join(top, posix.MetaTmpDir) {
				return fs.SkipDir
			}
			return nil
		}
		step()
		version, err := versionOf(files, path)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		double := filepath.Join(folders.place(bucket, filepath.ToSlash(key)).older, version)
		if err := os.Remove(double); err != nil && !isAbsent(err) {
			return err
		}
		return nil
	})
}

// repairUploads gives uploads that were being completed their names back, so
// that they can be completed again, and removes those whose object is there.
func repairUploads(files meta.MetadataStorer, folders Folders, bucket string) error {
	found, err := filepath.Glob(filepath.Join(folders.Buckets, bucket, posix.MetaTmpMultipartDir, "*", "*"+inProgress))
	if err != nil {
		return err
	}
	for _, path := range found {
		id, _, _ := strings.Cut(filepath.Base(path), ".")
		key, err := files.RetrieveAttribute(nil, filepath.Dir(path), "", attrObjectName)
		if err != nil {
			return fmt.Errorf("read the key of upload %s: %w", id, err)
		}
		done, err := isCompleted(files, folders, bucket, string(key), id)
		if err != nil {
			return err
		}
		if done {
			err = os.RemoveAll(path)
		} else {
			err = os.Rename(path, filepath.Join(filepath.Dir(path), id))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isCompleted says whether a version of the key was made from the upload.
func isCompleted(files meta.MetadataStorer, folders Folders, bucket, key, upload string) (bool, error) {
	p := folders.place(bucket, key)
	versions, err := filepath.Glob(filepath.Join(p.older, "*"))
	if err != nil {
		return false, err
	}
	for _, file := range append(versions, filepath.Join(folders.Buckets, p.newest)) {
		from, err := uploadOf(files, file)
		if err != nil {
			return false, err
		}
		if from == upload {
			return true, nil
		}
	}
	return false, nil
}

// uploadOf returns the id of the upload that a file was made from, "" for one
// that was put at once or isn't there.
func uploadOf(files meta.MetadataStorer, file string) (string, error) {
	data, err := files.RetrieveAttribute(nil, file, "", attrUpload)
	if errors.Is(err, meta.ErrNoSuchKey) || isAbsent(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the upload of %s: %w", file, err)
	}
	upload, err := backend.UnmarshalMpUploadMetadata(data, false)
	if err != nil {
		return "", fmt.Errorf("read the upload of %s: %w", file, err)
	}
	return upload.UploadID, nil
}
