package slimcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// errReadOnly is returned if the user can't write to the folder of the slim caches.
var errReadOnly = errors.New("no write access to the cache")

const (
	// unusedAfter is when an unused slim cache is removed, as in jsii's own
	// cache.
	unusedAfter = 30 * 24 * time.Hour
	// abandonedAfter is when an unfinished slim cache is removed as the leftover
	// of a killed run.
	abandonedAfter = time.Hour
	tempPrefix     = "unfinished-"
)

// prepare returns the folder of the program's slim cache under home. It creates the
// cache if there is none, and replaces a damaged one.
func prepare(home string, self *program) (string, error) {
	id, err := identity(self.submodules)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(home, id)
	if check(dir) == nil {
		prune(home, dir)
		return dir, touch(dir)
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", fmt.Errorf("%w: %w", errReadOnly, err)
	}
	temp, err := os.MkdirTemp(home, tempPrefix)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errReadOnly, err)
	}
	defer os.RemoveAll(temp)
	if err := build(filepath.Join(temp, "new"), self); err != nil {
		return "", fmt.Errorf("making the slim cache: %w", err)
	}
	if err := install(temp, dir); err != nil {
		return "", fmt.Errorf("making the slim cache: %w", err)
	}
	prune(home, dir)
	return dir, nil
}

// install renames the finished slim cache in temp/new to dir, unless another run
// has done so: a rename fails if dir isn't empty. It only moves a damaged cache
// away, because another run may be using an intact one.
func install(temp, dir string) error {
	for i := range 3 {
		if os.Rename(filepath.Join(temp, "new"), dir) == nil || check(dir) == nil {
			return nil
		}
		err := os.Rename(dir, filepath.Join(temp, "damaged"+strconv.Itoa(i)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return check(dir)
}

// touch marks the slim cache as used. jsii does the same with the markers of the
// packages, and fails if it can't.
func touch(dir string) error {
	now := time.Now()
	sums, err := readManifest(dir)
	if err != nil {
		return err
	}
	sums[manifestName] = ""
	for name := range sums {
		if base := filepath.Base(name); base != markerName && base != manifestName {
			continue
		}
		if err := os.Chtimes(filepath.Join(dir, name), now, now); err != nil {
			return fmt.Errorf("%w: %w", errReadOnly, err)
		}
	}
	return nil
}

// prune removes slim caches that were unused for a month, and the leftovers of
// killed runs. What can't be removed stays.
func prune(home, keep string) {
	entries, err := os.ReadDir(home)
	if err != nil {
		return
	}
	for _, entry := range entries {
		dir := filepath.Join(home, entry.Name())
		used, limit := filepath.Join(dir, manifestName), unusedAfter
		if strings.HasPrefix(entry.Name(), tempPrefix) {
			used, limit = dir, abandonedAfter
		}
		info, err := os.Stat(used)
		if err == nil && dir != keep && time.Since(info.ModTime()) > limit {
			os.RemoveAll(dir)
		}
	}
}
