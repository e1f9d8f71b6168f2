// Package tempdir gives a program that uses cdktf a temporary folder of its
// own, which is gone when the program ends, also where a signal ends it.
//
// jsii unpacks its runtime into the temporary folder while Go initialises its
// packages, before main, and more of it later, and so does the node process
// that it starts; a run that is interrupted leaves it all behind. So this
// package makes the folder before jsii is initialised, and names it to all by
// the variable of the environment. Go initialises packages in the order of
// their import paths as soon as what they import is initialised; this one
// imports less than jsii and sorts before it.
// https://go.dev/ref/spec#Program_initialization
//
// Import it in a main package alone, and call [Remove] at the end.
package tempdir

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	_ "datalock/internal/room" // says what is wrong with the folder around it
)

var (
	dir string

	mu     sync.Mutex
	ending = func() {}
)

func init() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	var err error
	if dir, err = os.MkdirTemp("", "datalock-"); err != nil {
		fmt.Fprintf(os.Stderr, "make a temporary folder: %v; set TMPDIR to a folder that can be written to\n", err)
		os.Exit(1)
	}
	name := "TMPDIR"
	if runtime.GOOS == "windows" {
		name = "TMP"
	}
	if err := os.Setenv(name, dir); err != nil {
		fmt.Fprintf(os.Stderr, "set %s: %v\n", name, err)
		os.Exit(1)
	}
	go func() { end(<-signals) }()
}

// OnSignal has f called when a signal ends the program, before the folder is
// removed: it has to end whatever still writes there, and must not return
// before that.
func OnSignal(f func()) {
	mu.Lock()
	defer mu.Unlock()
	ending = f
}

// end ends the program with 128 and the signal's number, as shells count.
func end(caught os.Signal) {
	mu.Lock() // and never unlock: nothing may begin anew
	ending()
	Remove()
	code := 1
	if number, ok := caught.(syscall.Signal); ok {
		code = 128 + int(number)
	}
	os.Exit(code)
}

// Remove removes the folder. The program can't use cdktf any more.
func Remove() {
	// Somebody may just be writing there, and notices a moment later that it
	// is over.
	for range 50 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
