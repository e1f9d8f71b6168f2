package objectlock

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
)

// write makes a file with attributes.
func write(t *testing.T, path string, attributes map[string]string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	setAttributes(t, path, attributes)
}

func setAttributes(t *testing.T, path string, attributes map[string]string) {
	t.Helper()
	for name, value := range attributes {
		if err := (meta.XattrMeta{}).StoreAttribute(nil, path, "", name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRepair wants the leftovers of a killed server gone, and nothing else.
func TestRepair(t *testing.T) {
	top := t.TempDir()
	folders := Folders{Buckets: filepath.Join(top, "buckets"), Versions: filepath.Join(top, "versions")}
	const bucket, key = "b", "folder/k"
	p := folders.place(bucket, key)
	newest := filepath.Join(folders.Buckets, p.newest)
	write(t, newest, map[string]string{attrVersion: "2"})
	write(t, filepath.Join(p.older, "2"), map[string]string{attrVersion: "2"})
	write(t, filepath.Join(p.older, "1"), map[string]string{attrVersion: "1"})
	staged := filepath.Join(folders.Buckets, bucket, posix.MetaTmpDir, "staged")
	stagedVersion := filepath.Join(folders.Versions, bucket, posix.MetaTmpDir, "staged")
	write(t, staged, nil)
	write(t, stagedVersion, nil)
	uploaded, err := backend.MarshalMpUploadMetadata(backend.MpUploadMetadata{UploadID: "done", Parts: []int64{4}}, false)
	if err != nil {
		t.Fatal(err)
	}
	setAttributes(t, newest, map[string]string{attrUpload: string(uploaded)})
	uploads := filepath.Join(folders.Buckets, uploadFolder(bucket, key, ""))
	for _, id := range []string{"done", "begun"} {
		write(t, filepath.Join(uploads, id+".etag-1"+inProgress, "1"), nil)
	}
	setAttributes(t, uploads, map[string]string{attrObjectName: key})

	was := progressEvery
	progressEvery = 0
	t.Cleanup(func() { progressEvery = was })
	looked := 0
	if err := repair(meta.XattrMeta{}, folders, func(keys int) { looked = keys }); err != nil {
		t.Fatal(err)
	}
	if looked != 1 {
		t.Errorf("it said that it looked at %d keys", looked)
	}
	for path, there := range map[string]bool{
		newest: true, filepath.Join(p.older, "1"): true, filepath.Join(p.older, "2"): false,
		staged: false, stagedVersion: false,
		filepath.Join(uploads, "begun", "1"): true, filepath.Join(uploads, "done"): false,
		filepath.Join(uploads, "done.etag-1"+inProgress): false,
	} {
		if _, err := os.Stat(path); (err == nil) != there {
			t.Errorf("%s is there: %v, want %v", path, err == nil, there)
		}
	}
}

// TestNext wants versions back in the order of their making.
func TestNext(t *testing.T) {
	p := place{older: filepath.Join(t.TempDir(), "older")}
	check := func(want string) {
		t.Helper()
		if got, err := p.next(); err != nil || got != want {
			t.Errorf("next is %q, %v, want %q", got, err, want)
		}
	}
	check("")
	write(t, filepath.Join(p.older, nullVersion), nil)
	check(nullVersion)
	write(t, filepath.Join(p.older, "01A"), nil)
	write(t, filepath.Join(p.older, "01B"), nil)
	old, err := os.Stat(filepath.Join(p.older, nullVersion))
	if err != nil {
		t.Fatal(err)
	}
	earlier := old.ModTime().Add(-1e9)
	if err := os.Chtimes(filepath.Join(p.older, nullVersion), earlier, earlier); err != nil {
		t.Fatal(err)
	}
	check("01B")
	later := old.ModTime().Add(1e12)
	if err := os.Chtimes(filepath.Join(p.older, nullVersion), later, later); err != nil {
		t.Fatal(err)
	}
	check(nullVersion)
}
