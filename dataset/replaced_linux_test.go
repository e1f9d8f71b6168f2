package dataset_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/dataset"

	"golang.org/x/sys/unix"
)

// TestFileReplaced: what isn't a file any more when it is its turn stops the run, also a
// pipe, which no one writes to.
func TestFileReplaced(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	old := time.Now().Add(-time.Hour)
	for name, replace := range map[string]func(path string) error{
		"pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"link":   func(path string) error { return os.Symlink("other", path) },
		"gone":   func(string) error { return nil },
		// The same size and the same time, as rsync --times leaves them.
		"rewritten": func(path string) error {
			return errors.Join(os.WriteFile(path, []byte("0123456789"), 0o600), os.Chtimes(path, old, old))
		},
	} {
		dir := t.TempDir()
		write(t, dir, map[string]int{"f": 10, "other": 10})
		path := filepath.Join(dir, "f")
		must(t, os.Chtimes(path, old, old))
		ended := make(chan error, 1)
		go func() {
			_, err := dataset.Publish(context.WithoutCancel(t.Context()), l.Client, dir, at(t, "s3://data/"+name),
				dataset.PublishOptions{Confirm: func(dataset.Plan) error {
					if name != "rewritten" {
						must(t, os.Remove(path))
					}
					return replace(path)
				}})
			ended <- err
		}()
		select {
		case err := <-ended:
			if err == nil || !strings.Contains(err.Error(), "read f: ") {
				t.Errorf("%s: the error is %v", name, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: the run waits", name)
		}
		nothingUnder(t, l, "data", name+"/f")
	}
}

// TestInsideAHiddenDataset: a delete marker over a manifest doesn't make room for another
// dataset, which would be extra files once the marker is removed.
func TestInsideAHiddenDataset(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir, _ := l.published(t, "s3://data/set", dataset.PublishOptions{})
	l.hide(t, ".datalock/set/manifest.json")
	mistake(t, l, dir, "s3://data/set/a/sub", "inside", dataset.PublishOptions{}, "is inside the dataset s3://data/set;")
}
