package slimcache

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestInstall(t *testing.T) {
	whole := built(t)
	for name, before := range map[string]func(t *testing.T, dir string){
		"nothing there": func(*testing.T, string) {},
		"a damaged one": func(t *testing.T, dir string) { copyDir(t, whole, dir); truncate(t, dir) },
		"an empty one":  func(t *testing.T, dir string) { mkdir(t, dir) },
		"another's":     func(t *testing.T, dir string) { copyDir(t, whole, dir) },
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			dir, temp := filepath.Join(home, "id"), filepath.Join(home, "unfinished-1")
			before(t, dir)
			mkdir(t, temp)
			copyDir(t, whole, filepath.Join(temp, "new"))
			if err := install(temp, dir); err != nil {
				t.Fatal(err)
			}
			if err := check(dir); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestInstallRefusesWhatIsNotWhole(t *testing.T) {
	home := t.TempDir()
	dir, temp := filepath.Join(home, "id"), filepath.Join(home, "unfinished-1")
	mkdir(t, temp)
	if err := install(temp, dir); err == nil {
		t.Error("installed a slim cache that was not made")
	}
}

func TestPrune(t *testing.T) {
	home, now := t.TempDir(), time.Now()
	for name, age := range map[string]time.Duration{
		"own": 400 * 24 * time.Hour, "used-last-week": 7 * 24 * time.Hour, "unused": 31 * 24 * time.Hour,
		"unfinished-running": time.Minute, "unfinished-killed": 2 * time.Hour,
	} {
		dir := filepath.Join(home, name)
		copyDir(t, built(t), dir)
		for _, path := range []string{filepath.Join(dir, manifestName), dir} {
			if err := os.Chtimes(path, now, now.Add(-age)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Something else's: it has no manifest.
	mkdir(t, filepath.Join(home, "foreign"))
	prune(home, filepath.Join(home, "own"))
	var left []string
	entries, err := os.ReadDir(home)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		left = append(left, entry.Name())
	}
	if want := []string{"foreign", "own", "unfinished-running", "used-last-week"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
}

func TestTouchMarksAsUsed(t *testing.T) {
	dir, old := built(t), time.Now().Add(-40*24*time.Hour)
	manifest := filepath.Join(dir, manifestName)
	if err := os.Chtimes(manifest, old, old); err != nil {
		t.Fatal(err)
	}
	if err := touch(dir); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(manifest); err != nil || time.Since(info.ModTime()) > time.Hour {
		t.Errorf("the manifest is of %v, %v", info.ModTime(), err)
	}
}

func TestPrepareWithoutAPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	data, _ := tgz(t, fakeProvider, "@cdktf/provider-fake", "1.2.3")
	self := fakeProgram(t, []string{"@cdktf/provider-fake.user"}, data)
	if _, err := prepare(filepath.Join(file, "home"), self); !errors.Is(err, errReadOnly) {
		t.Errorf("got %v, want %v", err, errReadOnly)
	}
}

func TestPrepareTwiceMakesOnce(t *testing.T) {
	data, _ := tgz(t, fakeProvider, "@cdktf/provider-fake", "1.2.3")
	home := filepath.Join(t.TempDir(), "not yet", "there")
	self := fakeProgram(t, []string{"@cdktf/provider-fake.user"}, data)
	first, err := prepare(home, self)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := prepare(home, self)
	if err != nil {
		t.Fatal(err)
	}
	again, err := os.Stat(second)
	if err != nil || second != first || !os.SameFile(info, again) {
		t.Errorf("made %s, then %s: %v", first, second, err)
	}
	self.submodules = []string{"@cdktf/provider-fake.secret"}
	if other, err := prepare(home, self); err != nil || other == first {
		t.Errorf("another import gets %s, %v", other, err)
	}
	if entries, _ := os.ReadDir(home); len(entries) != 2 {
		t.Errorf("%d folders are left, want 2", len(entries))
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, dir string) {
	t.Helper()
	if err := os.Truncate(filepath.Join(dir, kernelPreload), 10); err != nil {
		t.Fatal(err)
	}
}
