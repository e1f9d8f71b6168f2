package local

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"datalock/internal/cleanup"
)

// schema is the version of the ready line that this package reads.
const schema = 1

// How long the server may take; to start, after its last message, as it says how far
// it is while it repairs what a killed server left.
var startWithin = 20 * time.Second

const (
	stopWithin = 10 * time.Second
)

// Ready is the line that the server prints when it is ready.
type Ready struct {
	Schema   int    `json:"schema"`
	Endpoint string `json:"endpoint"`
	// PlainEndpoint is the same without TLS, empty if Endpoint is.
	PlainEndpoint string          `json:"plain_endpoint"`
	Region        string          `json:"region"`
	AccountID     string          `json:"account_id"`
	Users         map[string]User `json:"users"`
	PID           int             `json:"pid"`
	Dir           string          `json:"dir"`
	// CAPEM and CAFile are the certificate to trust, or empty without TLS.
	CAPEM  string `json:"ca_pem"`
	CAFile string `json:"ca_file"`
	// Enforced, Kept and Gaps list what the server enforces, what it stores
	// without effect, and how it differs from S3.
	Enforced []string          `json:"enforced"`
	Kept     []string          `json:"kept_not_enforced"`
	Gaps     []string          `json:"known_gaps"`
	Versions map[string]string `json:"versions"`
}

// User is one of the server's accounts: root, admin, writer, stranger.
type User struct {
	ARN       string `json:"arn"`
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
}

// A Server is a running local server.
type Server struct {
	Ready
	cmd      *exec.Cmd
	stdin    io.Closer
	messages *tail
	// ended is closed when the process has ended. err is then how it ended.
	ended chan struct{}
	err   error
	stop  sync.Once
}

// Start runs the binary with the arguments and waits until it is ready. The
// caller has to stop it.
func Start(ctx context.Context, binary string, args ...string) (*Server, error) {
	s := &Server{
		cmd:      exec.Command(binary, append([]string{"--stop-with-stdin"}, args...)...),
		messages: &tail{heard: make(chan struct{}, 1)}, ended: make(chan struct{}),
	}
	s.cmd.Stderr = s.messages
	// Ctrl-C in a terminal goes to the whole process group. The server must run
	// until the rehearsal has cleaned up.
	cleanup.Group(s.cmd)
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the local server: %w", err)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the local server: %w", err)
	}
	if err := s.cmd.Start(); errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("start the local server: %w; %s", err, CacheFix)
	} else if err != nil {
		return nil, fmt.Errorf("start the local server: %w", err)
	}
	s.stdin = stdin
	line := make(chan []byte, 1)
	go func() {
		text, _ := bufio.NewReader(stdout).ReadBytes('\n')
		line <- text
		_, _ = io.Copy(io.Discard, stdout)
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	if err := s.ready(ctx, line); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// ready waits for the ready line.
func (s *Server) ready(ctx context.Context, line <-chan []byte) error {
	for {
		select {
		case text := <-line:
			return s.read(text)
		case <-s.messages.heard:
		case <-time.After(startWithin):
			return fmt.Errorf("start the local server: no output for %s", startWithin)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *Server) read(line []byte) error {
	if len(bytes.TrimSpace(line)) == 0 {
		<-s.ended
		return fmt.Errorf("start the local server: %s", s.LastWords())
	}
	if err := json.Unmarshal(line, &s.Ready); err != nil {
		return fmt.Errorf("start the local server: read its first line: %w", err)
	}
	if s.Schema != schema {
		return fmt.Errorf("start the local server: its ready line has schema %d, not %d", s.Schema, schema)
	}
	return nil
}

// Ended returns a channel that is closed when the server has ended for any
// reason.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// LastWords returns the server's last message, or how it ended. Call it only after
// [Server.Ended].
func (s *Server) LastWords() string {
	switch said := s.messages.last("server: "); {
	case said != "":
		return said
	case s.err != nil:
		return "it ended: " + s.err.Error()
	}
	return "it ended"
}

// Stop stops the server and waits until it has removed its temporary folder.
// It may be called more than once.
func (s *Server) Stop() {
	s.stop.Do(func() {
		_ = s.stdin.Close()
		select {
		case <-s.ended:
		case <-time.After(stopWithin):
			if err := cleanup.KillGroup(s.cmd); err == nil || errors.Is(err, os.ErrProcessDone) {
				<-s.ended
			}
		}
	})
}

// tail keeps the end of what is written to it. heard receives after a write.
type tail struct {
	mu    sync.Mutex
	text  []byte
	heard chan struct{}
}

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailBytes; over > 0 {
		t.text = t.text[over:]
	}
	select {
	case t.heard <- struct{}{}:
	default:
	}
	return len(p), nil
}

// last returns the last line with the prefix, without it. Lines that the server's
// libraries print don't have it.
func (t *tail) last(prefix string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := ""
	for line := range strings.Lines(string(t.text)) {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			found = strings.TrimSpace(rest)
		}
	}
	return found
}
