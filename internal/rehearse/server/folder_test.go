package main

import (
	"os"
	"testing"
)

// TestLeftoversBesideOwners removes leftovers all the time while folders are made
// and given up: nobody takes the folder of another that holds it, nor keeps it
// from being removed.
func TestLeftoversBesideOwners(t *testing.T) {
	parent := t.TempDir()
	t.Setenv("TMPDIR", parent)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				removeLeftovers(parent)
			}
		}
	}()
	for range 500 {
		data, err := temporaryFolder()
		if err != nil {
			t.Error(err)
			break
		}
		if !isTemporary(data.path) {
			t.Errorf("the folder %s is gone while it is held", data.path)
		}
		if err := data.close(); err != nil {
			t.Error(err)
			break
		}
	}
	close(stop)
	<-stopped
	// A folder that nobody holds goes.
	left, err := temporaryFolder()
	if err != nil {
		t.Fatal(err)
	}
	if err := left.lock.Close(); err != nil {
		t.Fatal(err)
	}
	removeLeftovers(parent)
	if entries, err := os.ReadDir(parent); err != nil || len(entries) > 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}
