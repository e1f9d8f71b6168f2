package filelock_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"datalock/internal/filelock"
)

func TestLock(t *testing.T) {
	if !filelock.Works {
		return
	}
	path := filepath.Join(t.TempDir(), "lock")
	first, err := filelock.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.Lock(path); !errors.Is(err, filelock.ErrInUse) {
		t.Errorf("a second lock: %v", err)
	}
	// The file may be removed before the lock ends.
	if err := errors.Join(os.Remove(path), first.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.LockExisting(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("lock a file that was removed: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("to lock a file that was removed makes it anew")
	}
	again, err := filelock.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := filelock.Lock(path); !errors.Is(err, filelock.ErrInUse) {
		t.Errorf("after the file was made again: %v", err)
	}
	if _, err := filelock.LockExisting(path); !errors.Is(err, filelock.ErrInUse) {
		t.Errorf("lock a file that is locked: %v", err)
	}
}
