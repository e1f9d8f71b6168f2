// Package jsiihost manages the Node.js process that cdktf runs in.
//
// A cdktf app in Go talks to JavaScript over jsii, which starts `node`. jsii
// reports problems there as panics and banners, or not at all. This package
// finds them before jsii starts, reports each in one line, hides jsii's own
// noise, and makes sure that the process ends.
//
// # Nothing is left behind
//
// Everything that jsii and node write is in one temporary folder, which
// [Host.Close] removes; the next run removes the folder of a killed run. Node
// ends when Close is called, when the context of [Start] ends, and when this
// process is killed: jsii's kernel then reads the end of its input, and if it
// is in a call that never returns, watch.js ends it.
package jsiihost

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"datalock/slimcache"

	"github.com/aws/jsii-runtime-go"
)

// The variables that configure node and jsii.
const (
	nodeVariable    = "JSII_NODE"
	optionsVariable = "NODE_OPTIONS"
)

// tempVariable is the variable for the temporary folder of this process and node.
var tempVariable = map[bool]string{true: "TMP", false: "TMPDIR"}[runtime.GOOS == "windows"]

// topics are the subjects of jsii's banners about the version of node, ten
// lines each.
var topics = []string{"END_OF_LIFE", "UNTESTED", "DEPRECATED", "KNOWN_BROKEN"}

// endsWithin is how long node may take to exit when asked.
const endsWithin = 10 * time.Second

// A Host is the Node.js process with cdktf.
type Host struct {
	temp  folder
	quiet *filter
	// gaveUp says that node was killed instead of asked to exit.
	gaveUp atomic.Bool
	// unwatch stops watching the context.
	unwatch func() bool
	closed  chan struct{}
}

// Start starts node and loads cdktf and the AWS provider. When ctx ends, node
// is killed, and a caller that is using cdktf gets a panic from jsii. Until
// [Host.Close], jsii's noise is filtered from os.Stderr; the host's own
// messages go to stderr. The temporary folder is created below dir, or in the
// system's default folder if dir is empty.
//
// There can be only one Host at a time.
func Start(ctx context.Context, stderr *os.File, dir string) (*Host, error) {
	temp, err := makeTemp(dir)
	if err != nil {
		return nil, err
	}
	h := &Host{temp: temp, quiet: newFilter(stderr), closed: make(chan struct{})}
	h.unwatch = context.AfterFunc(ctx, h.end)
	if err := h.start(ctx, stderr); err != nil {
		h.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	return h, nil
}

func (h *Host) start(ctx context.Context, stderr *os.File) error {
	set := environment{}
	defer set.undo()
	set.set(tempVariable, h.temp.path)
	type answer struct {
		node Node
		err  error
	}
	command := os.Getenv(nodeVariable)
	answers := make(chan answer, 1)
	go func() {
		node, err := find(ctx, stderr, usual, command)
		answers <- answer{node, err}
	}()
	slimcache.Use()
	found := <-answers
	if found.err != nil {
		return found.err
	}
	for _, topic := range topics {
		if name := "JSII_SILENCE_WARNING_" + topic + "_NODE_VERSION"; os.Getenv(name) == "" {
			set.set(name, strconv.Itoa(found.node.major))
		}
	}
	if now := os.Getenv(nodeVariable); now == "" || now == command {
		// Package slimcache starts jsii's kernel so that it reads the end of
		// its input. Without it, jsii starts another process in between.
		if err := set.watch(h.temp.path); err != nil {
			return err
		}
	}
	// After Close, jsii copies the environment again on its next use.
	jsii.Close()
	return h.load(ctx, stderr)
}

// end kills node and everything it started, repeatedly until the host is
// closed: jsii may be about to start it. jsii can't be closed here, because
// that isn't safe while it is in use.
func (h *Host) end() {
	h.gaveUp.Store(true)
	h.quiet.mute()
	for {
		kill(processes(h.temp.path))
		select {
		case <-h.closed:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func kill(pids []int) {
	for _, pid := range pids {
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill()
		}
	}
}

// Close ends node, waits for it, removes the temporary folder and stops the
// filter. Call it once.
func (h *Host) Close() {
	late := time.AfterFunc(endsWithin, h.end)
	jsii.Close()
	if late.Stop() && h.unwatch() && !h.gaveUp.Load() {
		close(h.closed)
	} else {
		close(h.closed)
		for left := processes(h.temp.path); len(left) > 0; left = processes(h.temp.path) {
			kill(left)
			time.Sleep(time.Millisecond)
		}
	}
	h.temp.remove()
	h.quiet.stop()
}
