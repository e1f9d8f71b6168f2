package jsiihost

import (
	"bufio"
	"io"
	"os"
	"strings"
	"sync/atomic"
)

// noise is what jsii's Go runtime prints, without a line break, when two of
// its own goroutines wait for node and one of them comes late. It says nothing
// about the work.
const noise = "Runtime process exited abnormally: waitid: no child processes"

// A filter stands between os.Stderr and the real standard error, and lets
// everything through but the noise.
type filter struct {
	writer *os.File
	muted  atomic.Bool
	done   chan struct{}
}

// newFilter replaces os.Stderr; where no pipe is to be had, nothing is
// filtered.
func newFilter(real *os.File) *filter {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil
	}
	f := &filter{writer: writer, done: make(chan struct{})}
	os.Stderr = writer
	go func() {
		defer close(f.done)
		pass(muffler{real, &f.muted}, reader)
	}()
	return f
}

// A muffler writes nothing once it is muted.
type muffler struct {
	to    io.Writer
	muted *atomic.Bool
}

func (m muffler) Write(p []byte) (int, error) {
	if m.muted.Load() {
		return len(p), nil
	}
	return m.to.Write(p)
}

// mute lets nothing more through.
func (f *filter) mute() {
	if f != nil {
		f.muted.Store(true)
	}
}

// pass copies line by line, so that a piece of noise is seen whole.
func pass(to io.Writer, from io.Reader) {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		line = strings.ReplaceAll(line, noise, "")
		if _, writeErr := io.WriteString(to, line); writeErr != nil || err != nil {
			return
		}
	}
}

// stop returns when everything written so far has passed. os.Stderr stays on
// the closed pipe: the noise may come after the end, from a goroutine of
// jsii's that is late. Who has something to say has the real one.
func (f *filter) stop() {
	if f == nil {
		return
	}
	_ = f.writer.Close()
	<-f.done
}
