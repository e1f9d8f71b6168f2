// Package tempdir makes sure, before anything else, that there is a temporary
// folder to write to. jsii makes one of its own when its Go packages are
// initialised, which is before main, and panics where it can't.
//
// Importing it is enough: Go initialises packages in the order of their import
// paths as far as what they import is ready, so this one, which needs the
// standard library alone, comes before jsii.
// https://go.dev/ref/spec#Program_initialization
package tempdir

import (
	"fmt"
	"os"
)

func init() {
	dir, err := os.MkdirTemp("", "datalock-")
	if err != nil {
		fmt.Fprintf(os.Stderr, "make a temporary folder: %v; set TMPDIR to a folder that can be written to\n", err)
		os.Exit(1)
	}
	_ = os.Remove(dir)
}
