package jsiihost

import (
	"bufio"
	"io"
	"os"
	"strings"
	"sync/atomic"
)

// noise is what jsii's Go runtime prints, without a line break, when two of its
// goroutines wait for node and one is late. It has no effect on the result.
const noise = "Runtime process exited abnormally: waitid: no child processes"

// A filter sits between os.Stderr and the real standard error, and passes
// everything except the noise.
type filter struct {
	writer *os.File
	muted  atomic.Bool
	done   chan struct{}
}

// newFilter replaces os.Stderr. If no pipe can be created, nothing is filtered.
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

// A muffler discards everything once it is muted.
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

// mute discards all further output.
func (f *filter) mute() {
	if f != nil {
		f.muted.Store(true)
	}
}

// pass copies line by line, so the noise is never split.
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

// stop returns when everything written so far has been passed on. os.Stderr
// stays on the closed pipe, because a late goroutine of jsii's may still print
// the noise. Other code uses the real standard error.
func (f *filter) stop() {
	if f == nil {
		return
	}
	_ = f.writer.Close()
	<-f.done
}
