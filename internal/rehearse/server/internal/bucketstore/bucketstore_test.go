package bucketstore

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func open(t *testing.T) (*Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func TestPutGetDelete(t *testing.T) {
	s, dir := open(t)
	if _, err := s.Get("b", "lifecycle", ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("at first: %v", err)
	}
	want := Document{Body: []byte("<a>\x00 \n</a>"), Headers: map[string]string{"h": "v"}}
	for _, doc := range []Document{{Body: []byte("old")}, want} {
		if err := s.Put("b", "lifecycle", "", doc); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Get("b", "lifecycle", ""); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("after opening again: %v, %v", got, err)
	}
	for range 2 {
		if err := s.Delete("b", "lifecycle", ""); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	if _, err := s.Get("b", "lifecycle", ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("after the delete: %v", err)
	}
}

func TestListAndDeleteBucket(t *testing.T) {
	s, _ := open(t)
	for _, id := range []string{"b", "../a", ""} {
		if err := s.Put("bucket", "metrics", id, Document{Body: []byte(id)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Put("bucket", "metricsother", "x", Document{}); err != nil {
		t.Fatal(err)
	}
	docs, err := s.List("bucket", "metrics")
	if err != nil || len(docs) != 3 || string(docs[1].Body) != "../a" || string(docs[2].Body) != "b" {
		t.Errorf("list: %v, %v", docs, err)
	}
	if err := s.DeleteBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	if docs, err := s.List("bucket", "metrics"); err != nil || len(docs) != 0 {
		t.Errorf("after the bucket: %v, %v", docs, err)
	}
}

// TestNothingHalf looks at what a refused write leaves.
func TestNothingHalf(t *testing.T) {
	s, dir := open(t)
	if err := s.Put("b", "policy", "", Document{Body: []byte("good")}); err != nil {
		t.Fatal(err)
	}
	// A folder in the document's place makes the rename fail.
	if err := os.Mkdir(s.path("b", "logging", ""), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("b", "logging", "", Document{}); err == nil {
		t.Error("the write succeeded")
	}
	entries, err := os.ReadDir(filepath.Join(dir, "b"))
	if err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestDamagedDocument(t *testing.T) {
	s, _ := open(t)
	if err := s.Put("b", "policy", "", Document{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("b", "policy", ""), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("b", "policy", ""); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := s.List("b", "policy"); err == nil {
		t.Error("listed")
	}
}
