package slimcache_test

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedCache damages a slim cache at random and runs the app: the JSON
// is right, and the next run finds the cache repaired. Making it again takes
// seconds; TestCheckNoticesDamage and TestCheckNoticesMissingFiles damage each
// file of a small one.
func TestDamagedCache(t *testing.T) {
	t.Parallel()
	_, want := warm(t)
	random := rand.New(rand.NewPCG(3, 4))
	for name, damage := range map[string]func(t *testing.T, files []string){
		"a byte in each of ten files": func(t *testing.T, files []string) {
			for range 10 {
				change(t, files[random.IntN(len(files))], func(text []byte) []byte {
					if len(text) > 0 {
						text[random.IntN(len(text))] ^= 0x20
					}
					return text
				})
			}
		},
		"a name in a description": func(t *testing.T, files []string) {
			change(t, find(t, files, "provider-aws", ".jsii.runtime-defs.v1.jsonl"), func(text []byte) []byte {
				return []byte(strings.ReplaceAll(string(text), "objectLockEnabled", "objectLockEnablex"))
			})
		},
		"a file gone": func(t *testing.T, files []string) { remove(t, find(t, files, "s3-bucket/", "index.js")) },
	} {
		t.Run(name, func(t *testing.T) {
			home := homeCopy(t)
			damage(t, filesBelow(t, filepath.Join(home, ".cache")))
			for range 2 {
				stderr, files := newRun(t, home).do(t)
				mustBeSlim(t, stderr, home)
				mustEqual(t, files, want)
			}
		})
	}
}

func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

func find(t *testing.T, files []string, part, end string) string {
	t.Helper()
	for _, file := range files {
		if strings.Contains(file, part) && strings.HasSuffix(file, end) {
			return file
		}
	}
	t.Fatalf("there is no %s…%s", part, end)
	return ""
}

func change(t *testing.T, path string, how func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, how(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}
