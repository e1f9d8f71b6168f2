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
	"time"
)

// Oldest is the oldest major version of Node.js that cdktf 0.21 runs on.
const Oldest = 20

// endOfLife has the last day of support for each long-term support release that
// cdktf runs on.
var endOfLife = map[int]string{
	20: "2026-04-30",
	22: "2027-04-30",
	24: "2028-04-30",
}

// A Node is the Node.js on PATH, or the one in JSII_NODE.
type Node struct {
	// Version is its version, such as "v24.1.0".
	Version string
	major   int
}

// Note returns a line for the user if this Node.js no longer gets security
// fixes on the given day, or "".
func (n Node) Note(today time.Time) string {
	last := endOfLife[n.major]
	switch {
	case n.major%2 == 1:
		last = "it was a short-term release"
	case last == "" || today.UTC().Format(time.DateOnly) <= last:
		return ""
	}
	return fmt.Sprintf("node %s is past its end of life (%s); install Node.js 24 when you can", n.Version, last)
}

var versionShape = regexp.MustCompile(`^v(\d+)\.\d+\.\d+`)

// Find asks node for its version. If there is no node, or it is broken or too
// old, the error says what to do.
func Find(ctx context.Context) (Node, error) {
	return find(ctx, os.Stderr, usual, os.Getenv(nodeVariable))
}

// find asks the given command; if empty, the node on PATH.
func find(ctx context.Context, stderr io.Writer, p patience, command string) (Node, error) {
	if command == "" {
		command = "node"
	}
	args := []string{"--version"}
	if os.Getenv("NODE_OPTIONS") != "" {
		// Slower, but makes node load what the options name.
		args = []string{"-p", "process.version"}
	}
	asked := fmt.Sprintf("%q %s", command, strings.Join(args, " "))
	ctx, stop := context.WithTimeoutCause(ctx, p.limit, fmt.Errorf("no answer for %s", p.limit))
	defer stop()
	note := time.AfterFunc(p.note, func() {
		fmt.Fprintf(stderr, "note: no answer from %s for %s; still waiting (up to %s)\n", asked, p.note, p.limit)
	})
	defer note.Stop()
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.WaitDelay = time.Second
	var out, said start
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return Node{}, fmt.Errorf("start node: there is no %q on PATH, and cdktf runs on Node.js; "+
			"install Node.js 24 from https://nodejs.org", command)
	case ctx.Err() != nil:
		return Node{}, fmt.Errorf("start node: %s: %w; fix that Node.js, or put another one first on PATH",
			asked, context.Cause(ctx))
	case err != nil:
		return Node{}, fmt.Errorf("start node: %s: %w%s; fix that Node.js, or put another one first on PATH",
			asked, err, complaint(said.String()))
	}
	n := Node{Version: strings.TrimSpace(out.String())}
	version := versionShape.FindStringSubmatch(n.Version)
	if version == nil {
		return Node{}, fmt.Errorf("start node: %s says %.60q, which is not a version of Node.js; "+
			"put Node.js first on PATH", asked, n.Version)
	}
	if n.major, err = strconv.Atoi(version[1]); err != nil || n.major < Oldest {
		return Node{}, fmt.Errorf("start node: %s is too old, cdktf needs Node.js %d or later; "+
			"install Node.js 24 from https://nodejs.org", n.Version, Oldest)
	}
	return n, nil
}

// A start keeps only the first bytes written to it.
type start struct{ strings.Builder }

const startBytes = 4 << 10

func (s *start) Write(p []byte) (int, error) {
	room := max(0, startBytes-s.Len())
	s.Builder.Write(p[:min(room, len(p))])
	return len(p), nil
}

// complaint returns node's own error message as one line, with NODE_OPTIONS,
// which is often the cause.
func complaint(said string) string {
	var text string
	// Before an error, node prints where it was thrown.
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
