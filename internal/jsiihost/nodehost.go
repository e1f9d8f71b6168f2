// Package jsiihost looks after the Node.js process in which cdktf runs.
//
// A cdktf app in Go talks to JavaScript over jsii, which starts `node`. What
// can go wrong there is told by jsii in panics and banners; this package finds
// it before jsii starts, says it in one line, keeps jsii's own noise from the
// user, and closes the process on every path out.
package jsiihost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

// answersWithin is how long node may take to say its version.
const answersWithin = 10 * time.Second

// A Host is Node.js as this process uses it.
type Host struct {
	stderr io.Writer
	now    func() time.Time
	found  chan error
	major  int
	text   string
	quiet  *filter
	close  sync.Once
	killed atomic.Bool

	// stopLooking ends the look at node, and looked is closed when it has
	// ended.
	stopLooking context.CancelFunc
	looked      chan struct{}
}

// Start begins to look for node, in the background, and filters what jsii
// prints on this process's standard error. Call [Host.Ready] before the first
// use of cdktf, and [Host.Close] at the end.
func Start(stderr *os.File) *Host {
	h := &Host{stderr: stderr, now: time.Now, found: make(chan error, 1), quiet: newFilter(stderr), looked: make(chan struct{})}
	ctx, stop := context.WithTimeout(context.Background(), answersWithin)
	h.stopLooking = stop
	// Read now: package slimcache sets it for jsii while node is looked at.
	command := os.Getenv("JSII_NODE")
	go func() {
		h.found <- h.look(ctx, command)
		close(h.looked)
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
// first call does anything. After [Host.Kill] it never returns.
func (h *Host) Close() {
	h.close.Do(func() {
		h.stopLooking()
		<-h.looked
		if h.killed.Load() {
			select {}
		}
		jsii.Close()
		h.quiet.stop()
	})
}

// Kill ends node at once, for a program that a signal ends. What jsii would
// say about it reaches nobody: whoever uses jsii meanwhile gets no further
// than [Host.Close]. jsii can't be closed here, since it may be just starting
// node, and that is not safe to do at the same time.
func (h *Host) Kill() {
	h.killed.Store(true)
	h.quiet.mute()
	killChildren()
}

var versionShape = regexp.MustCompile(`^v(\d+)\.\d+\.\d+`)

// look asks node for its version; an empty command is what PATH has.
func (h *Host) look(ctx context.Context, command string) error {
	if command == "" {
		command = "node"
	}
	args := []string{"--version"}
	if os.Getenv("NODE_OPTIONS") != "" {
		// Slower, but has node load what the options name.
		args = []string{"-p", "process.version"}
	}
	asked := fmt.Sprintf("%q %s", command, strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.WaitDelay = time.Second
	var out, said start
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("start node: there is no %q on PATH, and cdktf runs on Node.js; install Node.js 24 from https://nodejs.org", command)
	case ctx.Err() != nil:
		return fmt.Errorf("start node: %s gave no answer for %s; mend that Node.js, or put another one first on PATH", asked, answersWithin)
	case err != nil:
		return fmt.Errorf("start node: %s: %w%s; mend that Node.js, or put another one first on PATH", asked, err, complaint(said.String()))
	}
	h.text = strings.TrimSpace(out.String())
	version := versionShape.FindStringSubmatch(h.text)
	if version == nil {
		return fmt.Errorf("start node: %s says %.60q, which is no version of Node.js; put Node.js first on PATH", asked, h.text)
	}
	h.major, err = strconv.Atoi(version[1])
	return err
}

// A start keeps the beginning of what is written to it.
type start struct{ strings.Builder }

const startBytes = 4 << 10

func (s *start) Write(p []byte) (int, error) {
	room := max(0, startBytes-s.Len())
	s.Builder.Write(p[:min(room, len(p))])
	return len(p), nil
}

// complaint returns what node itself said, in one line, and names the variable
// that is most often the cause.
func complaint(said string) string {
	var text string
	// Before an error node shows where it was thrown.
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if errorLine.MatchString(line) {
			text = ": " + line
			break
		}
		if text == "" && line != "" {
			text = ": " + line
		}
	}
	if options := os.Getenv("NODE_OPTIONS"); options != "" {
		text += fmt.Sprintf(" (NODE_OPTIONS is %q)", options)
	}
	return text
}

var errorLine = regexp.MustCompile(`^\w*Error( \[\w+\])?: `)
