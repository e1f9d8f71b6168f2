package dataset_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/dataset/manifest"
)

// localSet writes a folder of files and, into another folder, the manifest of it and,
// if it lists shards, the shard. change may change the lines before they are hashed.
func localSet(t *testing.T, lists string, change func(lines []string) []string, files ...string) (dir, path string) {
	t.Helper()
	dir, path = t.TempDir(), filepath.Join(t.TempDir(), "manifest.json")
	b, lines := manifest.NewBuilder("data", "set"), []string{}
	for _, name := range slices.Sorted(slices.Values(files)) {
		where := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(where), 0o755))
		must(t, os.WriteFile(where, []byte(name), 0o644))
		sum := sha256.Sum256([]byte(name))
		e := manifest.Entry{
			Name: name, URI: manifest.URI("data", "set/"+name, "v"), Digest: manifest.Digest{SHA256: fmt.Sprintf("%x", sum)},
			Annotations: manifest.Annotations{
				Size: int64(len(name)), Mode: "COMPLIANCE", RetainUntil: time.Now(), S3: manifest.SinglePut(sum),
			},
		}
		must(t, b.Add(e))
		line, err := e.Line()
		must(t, err)
		lines = append(lines, string(line))
	}
	if change != nil {
		lines = change(lines)
	}
	shard := strings.Join(lines, "")
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "entries-00000.jsonl"), []byte(shard), 0o644))
	b.AddShard(manifest.Shard{
		Name: "entries-00000.jsonl", URI: manifest.URI("data", ".datalock/set/entries-00000.jsonl", "v"),
		Lines: int64(len(files)), Size: int64(len(shard)), SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(shard))),
	})
	s, err := b.Statement()
	must(t, err)
	if lists == manifest.Shards {
		one := s.Predicate.Datalock.Shards[0]
		sum := sha256.Sum256([]byte(shard))
		s.Predicate.Datalock.Lists = manifest.Shards
		s.Predicate.Resources = []manifest.Resource{{Name: one.Name, Algorithm: "sha256", Digest: one.SHA256}}
		s.Subject[0].Digest.SHA256 = fmt.Sprintf("%x", sha256.Sum256(sum[:]))
	}
	text, err := s.Encode()
	must(t, err)
	must(t, os.WriteFile(path, text, 0o644))
	return dir, path
}

// findingsOf compares a copy, and returns the findings by the names of the files.
func findingsOf(t *testing.T, dir, path string, exclude ...string) map[string]string {
	t.Helper()
	ended := make(chan map[string]string, 1)
	go func() {
		v, err := dataset.VerifyLocal(t.Context(), dir, path, dataset.VerifyOptions{Exclude: exclude})
		found := map[string]string{}
		if err != nil {
			found["error"] = err.Error()
		}
		for _, f := range v.Findings {
			name, err := filepath.Rel(dir, f.Subject)
			if err != nil || strings.HasPrefix(name, "..") {
				name = filepath.Base(f.Subject)
			}
			found[name] = string(f.Name)
		}
		ended <- found
	}()
	select {
	case found := <-ended:
		return found
	case <-time.After(20 * time.Second):
		t.Fatal("the comparison waits")
		return nil
	}
}

// TestLocalExtras: what can't be in a manifest is extra, unless the manifest has its name
// or a file below it. Of what is below a folder that can't be read nothing is known.
func TestLocalExtras(t *testing.T) {
	for _, lists := range []string{manifest.Files, manifest.Shards} {
		dir, path := localSet(t, lists, nil, "a", "b", "in/c", "closed/d")
		must(t, os.Remove(filepath.Join(dir, "b")))
		must(t, os.Rename(filepath.Join(dir, "in"), filepath.Join(t.TempDir(), "in")))
		for _, link := range []string{"b", "in", "more"} {
			must(t, os.Symlink("a", filepath.Join(dir, link)))
		}
		must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
		must(t, os.WriteFile(filepath.Join(dir, "new\nline"), nil, 0o644))
		want := map[string]string{
			"b": "unknown", "in": "unknown", "more": "extra", "pipe": "extra", "new\nline": "extra",
		}
		if os.Geteuid() != 0 {
			must(t, os.Chmod(filepath.Join(dir, "closed"), 0))
			t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "closed"), 0o755) })
			want["closed"] = "unknown"
		}
		if got := findingsOf(t, dir, path); !maps.Equal(got, want) {
			t.Errorf("%s: the findings are %v, want %v", lists, got, want)
		}
	}
}

// TestLocalExclude: a pattern leaves out what is extra, not what the manifest lists.
func TestLocalExclude(t *testing.T) {
	dir, path := localSet(t, manifest.Files, nil, "a.tmp", "b", "raw/c", "raw/d")
	write(t, dir, map[string]int{"more.tmp": 1, "raw/more": 1})
	if got := findingsOf(t, dir, path, "*.tmp", "raw/"); len(got) > 0 {
		t.Errorf("an untouched copy: %v", got)
	}
	must(t, os.Remove(filepath.Join(dir, "raw", "c")))
	must(t, os.WriteFile(filepath.Join(dir, "a.tmp"), []byte("else"), 0o644))
	want := map[string]string{"raw/c": "missing", "a.tmp": "changed"}
	if got := findingsOf(t, dir, path, "*.tmp", "raw/"); !maps.Equal(got, want) {
		t.Errorf("the findings are %v, want %v", got, want)
	}
}

// TestLocalManifestChanged: a manifest or a shard that can't be the published one is a
// finding, whatever it makes the reader do.
func TestLocalManifestChanged(t *testing.T) {
	replace := func(from, to string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			text, err := os.ReadFile(path)
			must(t, err)
			changed := strings.Replace(string(text), from, to, 1)
			if changed == string(text) {
				t.Fatalf("%s has no %s", path, from)
			}
			must(t, os.WriteFile(path, []byte(changed), 0o644))
		}
	}
	shard := func(change func(t *testing.T, path string)) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			change(t, filepath.Join(filepath.Dir(path), "entries-00000.jsonl"))
		}
	}
	swap := func(lines []string) []string { return []string{lines[1], lines[0]} }
	for name, c := range map[string]struct {
		lists  string
		lines  func([]string) []string
		change func(t *testing.T, path string)
	}{
		"not JSON":           {manifest.Files, nil, replace("{", "")},
		"more files":         {manifest.Files, nil, replace(`"files":2`, `"files":3`)},
		"a changed shard":    {manifest.Shards, nil, shard(replace(`"a"`, `"b"`))},
		"a longer shard":     {manifest.Shards, nil, shard(func(t *testing.T, path string) { must(t, os.Truncate(path, 1<<30)) })},
		"a shard elsewhere":  {manifest.Shards, nil, replace(`"name":"entries-00000.jsonl"`, `"name":"../entries-00000.jsonl"`)},
		"entries that fall":  {manifest.Shards, swap, nil},
		"fewer entries":      {manifest.Shards, func(lines []string) []string { return lines[:1] }, nil},
		"a line without end": {manifest.Shards, func([]string) []string { return []string{strings.Repeat("x", 1<<20)} }, nil},
		"a name above": {manifest.Shards, func(lines []string) []string {
			return []string{strings.Replace(lines[0], `"name":"a"`, `"name":"/a"`, 1), lines[1]}
		}, nil},
	} {
		dir, path := localSet(t, c.lists, c.lines, "a", "b")
		if c.change != nil {
			c.change(t, path)
		}
		if got, want := findingsOf(t, dir, path), "manifest-changed"; len(got) != 1 || got["manifest.json"] != want {
			t.Errorf("%s: the findings are %v", name, got)
		}
	}
}

// TestLocalShardIsAPipe: nobody writes to it, and nothing waits for that.
func TestLocalShardIsAPipe(t *testing.T) {
	dir, path := localSet(t, manifest.Shards, nil, "a")
	shard := filepath.Join(filepath.Dir(path), "entries-00000.jsonl")
	must(t, os.Remove(shard))
	must(t, syscall.Mkfifo(shard, 0o644))
	if got := findingsOf(t, dir, path); !strings.Contains(got["error"], "is not a regular file") {
		t.Errorf("the findings are %v", got)
	}
}
