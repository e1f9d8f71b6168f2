// Package room ends a program with one clear line where its temporary folder
// has no room or can't be written, before jsii panics over it.
//
// jsii unpacks its runtime into the temporary folder while Go initialises
// packages, before main, where nobody can catch what it throws. Go initialises
// packages in the order of their import paths, as soon as what they import is
// initialised; this one imports less than jsii and sorts before it, so its
// check comes first. https://go.dev/ref/spec#Program_initialization
//
// Import it for its effect in a main package that uses cdktf.
package room

import (
	"fmt"
	"os"
)

// need is what jsii unpacks, with some to spare, in bytes.
const need = 16 << 20

func init() {
	if err := check(os.TempDir()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// check returns what is wrong with a temporary folder, and what to do.
func check(dir string) error {
	probe, err := os.MkdirTemp(dir, "datalock-room-")
	if err != nil {
		return fmt.Errorf("use the temporary folder %s: %w; set TMPDIR to a folder that can be written", dir, err)
	}
	_ = os.Remove(probe)
	if free, known := available(dir); known && free < need {
		return fmt.Errorf("use the temporary folder %s: no space left on device: %d MB are free where %d MB are needed; make room, or set TMPDIR to another folder", dir, free>>20, need>>20)
	}
	return nil
}
