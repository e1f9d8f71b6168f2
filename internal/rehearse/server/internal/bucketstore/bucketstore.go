// Package bucketstore keeps bucket configuration documents in files: one
// folder per bucket, one file per document.
//
// A document is written whole under another name, synced, and renamed into
// place, so that a killed server leaves the old document or the new one and
// never a half.
package bucketstore

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Document is a configuration as the client sent it.
type Document struct {
	// Body holds the document's bytes, unchanged.
	Body []byte `json:"body"`
	// Headers holds the request headers that belong to the configuration,
	// by their lower-case names.
	Headers map[string]string `json:"headers,omitempty"`
}

// ErrNotFound says that the bucket has no such document.
var ErrNotFound = errors.New("no such bucket configuration")

// Store keeps documents below one folder.
type Store struct{ dir string }

// Open returns the store in dir, and makes the folder where there is none.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for bucket configurations: %w", err)
	}
	return &Store{dir: dir}, nil
}

// path names the file of a document; the id is hex, because clients choose it.
func (s *Store) path(bucket, kind, id string) string {
	return filepath.Join(s.dir, filepath.Base(bucket), kind+"."+hex.EncodeToString([]byte(id))+".json")
}

// Put keeps a document. The id is empty for configurations of which a bucket
// has one.
func (s *Store) Put(bucket, kind, id string, doc Document) error {
	path := s.path(bucket, kind, id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep %s of bucket %s: %w", kind, bucket, err)
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encode %s of bucket %s: %w", kind, bucket, err)
	}
	if err := writeAtomically(path, data); err != nil {
		return fmt.Errorf("keep %s of bucket %s: %w", kind, bucket, err)
	}
	return nil
}

// Get returns a document, or ErrNotFound.
func (s *Store) Get(bucket, kind, id string) (Document, error) {
	data, err := os.ReadFile(s.path(bucket, kind, id))
	if errors.Is(err, fs.ErrNotExist) {
		return Document{}, ErrNotFound
	}
	if err != nil {
		return Document{}, fmt.Errorf("read %s of bucket %s: %w", kind, bucket, err)
	}
	var doc Document
	if err := json.Unmarshal(data, &doc); err != nil {
		return Document{}, fmt.Errorf("read %s of bucket %s: %w", kind, bucket, err)
	}
	return doc, nil
}

// List returns a kind's documents in the order of their ids.
func (s *Store) List(bucket, kind string) ([]Document, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, filepath.Base(bucket)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list %s of bucket %s: %w", kind, bucket, err)
	}
	var ids []string
	for _, entry := range entries {
		name, isJSON := strings.CutSuffix(entry.Name(), ".json")
		if id, ok := strings.CutPrefix(name, kind+"."); ok && isJSON {
			if raw, err := hex.DecodeString(id); err == nil {
				ids = append(ids, string(raw))
			}
		}
	}
	sort.Strings(ids)
	docs := []Document{}
	for _, id := range ids {
		doc, err := s.Get(bucket, kind, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// Delete removes a document; that there is none is no error.
func (s *Store) Delete(bucket, kind, id string) error {
	err := os.Remove(s.path(bucket, kind, id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s of bucket %s: %w", kind, bucket, err)
	}
	return nil
}

// DeleteBucket removes everything kept for a bucket.
func (s *Store) DeleteBucket(bucket string) error {
	if err := os.RemoveAll(filepath.Join(s.dir, filepath.Base(bucket))); err != nil {
		return fmt.Errorf("remove the configurations of bucket %s: %w", bucket, err)
	}
	return nil
}

func writeAtomically(path string, data []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".writing-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(data); err != nil {
		return err
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
