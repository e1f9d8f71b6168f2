package slimcache

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// built makes the slim cache of the made-up provider.
func built(t *testing.T) string {
	t.Helper()
	data, _ := tgz(t, fakeProvider, "@cdktf/provider-fake", "1.2.3")
	dir := filepath.Join(t.TempDir(), "cache")
	if err := build(dir, fakeProgram(t, []string{"@cdktf/provider-fake.user"}, data)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCheckNoticesDamage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, damage := range map[string]func(data []byte) []byte{
		"a flipped bit": func(data []byte) []byte {
			data[random.IntN(len(data))] ^= 1 << random.IntN(8)
			return data
		},
		"an end cut off": func(data []byte) []byte { return data[:random.IntN(len(data))] },
		"bytes added":    func(data []byte) []byte { return append(data, '\n') },
		"zeroed":         func(data []byte) []byte { return make([]byte, len(data)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := built(t)
			for _, file := range listFiles(t, dir) {
				path := filepath.Join(dir, filepath.FromSlash(file))
				whole, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if len(whole) == 0 {
					continue // the marker
				}
				for range 20 {
					if err := os.WriteFile(path, damage(append([]byte{}, whole...)), 0o600); err != nil {
						t.Fatal(err)
					}
					if check(dir) == nil {
						t.Errorf("%s: not noticed", file)
					}
				}
				if err := os.WriteFile(path, whole, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := check(dir); err != nil {
				t.Errorf("mended, it is still called damaged: %v", err)
			}
		})
	}
}

func TestCheckNoticesMissingFiles(t *testing.T) {
	for _, file := range listFiles(t, built(t)) {
		dir := built(t)
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(file))); err != nil {
			t.Fatal(err)
		}
		if check(dir) == nil {
			t.Errorf("%s: not missed", file)
		}
	}
}

func TestCheckNoticesALineTakenFromTheManifest(t *testing.T) {
	dir := built(t)
	sums, err := readManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, manifestName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, hash := range sums {
		line := fmt.Sprintf("%s  %s\n", hash, name)
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), line, "", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if check(dir) == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}

func TestCheckRemovesWhatItDoesNotKnow(t *testing.T) {
	dir := built(t)
	path := filepath.Join(dir, packagesName, ".jsii.runtime.v2.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := check(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file that nothing vouches for is still there")
	}
}
