package dataset

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestFileNumberedAnew: file systems over a network may give a file another inode at any
// time. A local copy is judged by the bytes that are read.
func TestFileNumberedAnew(t *testing.T) {
	for bytes, want := range map[string]FindingName{"0123456789": "", "9876543210": Changed, "01234": Changed} {
		dir := t.TempDir()
		path := filepath.Join(dir, "f")
		if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
			t.Fatal(err)
		}
		v := newVerifier(nil, Location{}, VerifyOptions{})
		// The folder has been listed when the first name is asked for.
		wanted := func(yield func(resource, error) bool) {
			err := errors.Join(os.WriteFile(path+"~", []byte(bytes), 0o600), os.Rename(path+"~", path))
			yield(resource{"f", fmt.Sprintf("%x", sha256.Sum256([]byte("0123456789"))), 10}, err)
		}
		if err := v.folder(t.Context(), dir, wanted); err != nil {
			t.Error(err)
		}
		v.close()
		var got FindingName
		for _, f := range v.result.Findings {
			got = f.Name
		}
		if got != want {
			t.Errorf("with the bytes %s the finding is %q, want %q", bytes, got, want)
		}
	}
}
