// Package jsiihost looks after the Node.js process in which cdktf runs.
//
// A cdktf app in Go talks to JavaScript over jsii, which starts `node`. What
// can go wrong there is told by jsii in panics and banners, or not at all; this
// package finds it before jsii starts, says it in one line, keeps jsii's own
// noise from the user, and ends the process on every path out.
//
// # Nothing is left behind
//
// All that jsii and node write lies in one temporary folder, which [Host.Close]
// removes; one that a killed run left is removed by the next. Node ends when Close is called, when the context of [Start] ends,
// and when this process is killed: jsii's kernel then reads the end of its
// input, and where it may be in a call that never returns, watch.js ends it.
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

// The variables by which node and jsii are told things.
const (
	nodeVariable    = "JSII_NODE"
	optionsVariable = "NODE_OPTIONS"
)

// tempVariable names the temporary folder to this process and to node.
var tempVariable = map[bool]string{true: "TMP", false: "TMPDIR"}[runtime.GOOS == "windows"]

// topics are those on which jsii prints a banner about the version of node,
// ten lines each.
var topics = []string{"END_OF_LIFE", "UNTESTED", "DEPRECATED", "KNOWN_BROKEN"}

// endsWithin is how long node may take to end when it is asked to.
const endsWithin = 10 * time.Second

// A Host is Node.js with cdktf in it, as this process uses it.
type Host struct {
	temp  folder
	quiet *filter
	// gaveUp says that node was ended rather than asked to end.
	gaveUp atomic.Bool
	// unwatch ends the watch on the context.
	unwatch func() bool
	closed  chan struct{}
}

// Start starts node and has it load cdktf and the AWS provider. When ctx ends,
// node is ended, and whoever uses cdktf meanwhile gets a panic of jsii's. Until
// [Host.Close], jsii's noise on os.Stderr is left out; what the host itself has
// to say goes to stderr. The temporary folder is made below dir, or in the
// system's place for them if dir is empty.
//
// There can be one Host at a time.
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
		// Package slimcache starts jsii's kernel so that it reads the end of its
		// input; jsii starts another process before it.
		if err := set.watch(h.temp.path); err != nil {
			return err
		}
	}
	// Closed, jsii takes the environment as it is now when it is next used.
	jsii.Close()
	return h.load(ctx, stderr)
}

// end ends node and whatever it has started, again and again until the host
// is closed: jsii may be just about to start it. jsii can't be closed here,
// which is not safe while it is in use.
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

// Close ends node, waits for it, removes the temporary folder and hands
// standard error back. It must be called once, by whoever uses cdktf.
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
