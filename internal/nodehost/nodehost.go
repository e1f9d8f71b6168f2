// Package nodehost looks after the Node.js process in which cdktf runs.
//
// A cdktf app in Go talks to JavaScript over jsii, which starts `node`. What
// can go wrong there is told by jsii in panics and banners; this package finds
// it before jsii starts, says it in one line, keeps jsii's own noise from the
// user, and closes the process on every path out.
package nodehost

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/jsii-runtime-go"
)

// Oldest is the oldest major version of Node.js that cdktf 0.21 runs on.
const Oldest = 20

// endOfLife has the last day of each long-term support release that still
// runs cdktf. https://nodejs.org/en/about/previous-releases
var endOfLife = map[int]string{
	20: "2026-04-30",
	22: "2027-04-30",
	24: "2028-04-30",
}

// topics are those on which jsii prints a banner about the version of node.
var topics = []string{"END_OF_LIFE", "UNTESTED", "DEPRECATED", "KNOWN_BROKEN"}

// A Host is Node.js as this process uses it.
type Host struct {
	stderr io.Writer
	now    func() time.Time
	found  chan error
	major  int
	text   string
	quiet  *filter
	close  sync.Once
}

// Start begins to look for node, in the background, and filters what jsii
// prints on this process's standard error. Call [Host.Ready] before the first
// use of cdktf, and [Host.Close] at the end.
//
// An interrupt or a request to terminate closes node too and ends this process
// with 128 and the signal's number, as shells count.
func Start(stderr *os.File) *Host {
	h := &Host{stderr: stderr, now: time.Now, found: make(chan error, 1), quiet: newFilter(stderr)}
	// Read now: package slimcache sets it for jsii while node is looked at.
	command := os.Getenv("JSII_NODE")
	go func() { h.found <- h.look(command) }()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		caught := <-signals
		h.Close()
		code := 1
		if number, ok := caught.(syscall.Signal); ok {
			code = 128 + int(number)
		}
		os.Exit(code)
	}()
	return h
}

// Ready waits for the look at node and returns an error that says what to do
// where it is missing or too old. A node past its end of life is only noted,
// in one line.
//
// It also makes jsii take the environment as it is now: what was set by this
// process before the call, such as the place of the package cache, counts.
func (h *Host) Ready() error {
	if err := <-h.found; err != nil {
		return err
	}
	if h.major < Oldest {
		return fmt.Errorf("start node: %s is too old, cdktf needs Node.js %d or later; install Node.js 24 from https://nodejs.org", h.text, Oldest)
	}
	// jsii's own banners are ten lines each.
	major := strconv.Itoa(h.major)
	for _, topic := range topics {
		name := "JSII_SILENCE_WARNING_" + topic + "_NODE_VERSION"
		if os.Getenv(name) == "" {
			if err := os.Setenv(name, major); err != nil {
				return fmt.Errorf("set %s: %w", name, err)
			}
		}
	}
	if last := endOfLife[h.major]; last != "" && h.now().UTC().Format(time.DateOnly) > last || h.major%2 == 1 {
		if last == "" {
			last = "it was a short-term release"
		}
		fmt.Fprintf(h.stderr, "note: node %s is past its end of life (%s); install Node.js 24 when you can\n", h.text, last)
	}
	// jsii copies the environment when its packages are initialised, before
	// main; closing the client that is not in use yet makes it copy it again.
	jsii.Close()
	return nil
}

// Close ends node, waits for it, and hands standard error back. Only the
// first call does anything.
func (h *Host) Close() {
	h.close.Do(func() {
		jsii.Close()
		h.quiet.stop()
	})
}

var versionShape = regexp.MustCompile(`^v(\d+)\.\d+\.\d+`)

// look runs `node --version`; an empty command is what PATH has.
func (h *Host) look(command string) error {
	if command == "" {
		command = "node"
	}
	out, err := exec.Command(command, "--version").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("start node: there is no %q on PATH, and cdktf runs on Node.js; install Node.js 24 from https://nodejs.org", command)
	}
	if err != nil {
		return fmt.Errorf("start node: %q --version: %w%s; mend that Node.js, or put another one first on PATH", command, err, complaint(err))
	}
	h.text = strings.TrimSpace(string(out))
	version := versionShape.FindStringSubmatch(h.text)
	if version == nil {
		return fmt.Errorf("start node: %q --version says %.60q, which is no version of Node.js; put Node.js first on PATH", command, h.text)
	}
	h.major, err = strconv.Atoi(version[1])
	return err
}

// complaint returns what node itself said, in one line, and names the variable
// that is most often the cause.
func complaint(err error) string {
	var text string
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		if line, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n"); line != "" {
			text = ": " + line
		}
	}
	if options := os.Getenv("NODE_OPTIONS"); options != "" {
		text += fmt.Sprintf(" (NODE_OPTIONS is %q)", options)
	}
	return text
}
