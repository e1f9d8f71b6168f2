package awsprovider

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"datalock/internal/cleanup"

	"github.com/hashicorp/terraform-exec/tfexec"
)

const (
	startsWithin = 20 * time.Second
	// reattachBegins is the start of the line that a provider prints when it is
	// ready.
	reattachBegins = "TF_REATTACH_PROVIDERS="
)

// A Process is a running provider for any number of Terraform commands. They share
// its configuration, so only one command may run at a time, with one configuration
// of the provider.
// https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
type Process struct {
	// Reattach tells Terraform how to reach it.
	Reattach tfexec.ReattachInfo

	cmd *exec.Cmd
	// few is the proxy in front of the provider, which listens on socket.
	few    *few
	socket tfexec.ReattachConfigAddr
	ended  chan struct{}
}

// Start starts the provider with the executable at path and only the environment
// env. It trusts the certificates that AWS_CA_BUNDLE names. It logs each request
// to AWS as JSON to log, unless log is nil. Terraform sees only the wanted types of
// resources and data sources. After an error, Terraform can still start the
// provider itself.
func Start(
	ctx context.Context, path string, env map[string]string, log io.Writer, wanted func(name string) bool,
) (*Process, error) {
	// The provider uses AWS_CA_BUNDLE only once in a process. Go reads
	// SSL_CERT_FILE instead, but not on macOS and Windows.
	if runtime.GOOS != "linux" {
		return nil, fmt.Errorf("share a provider: not on %s", runtime.GOOS)
	}
	env = maps.Clone(env)
	if env["AWS_CA_BUNDLE"] != "" {
		env["SSL_CERT_FILE"] = env["AWS_CA_BUNDLE"]
	}
	delete(env, "AWS_CA_BUNDLE")
	p := &Process{cmd: exec.Command(path, "-debug"), ended: make(chan struct{})}
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stderr = log
	cleanup.Group(p.cmd)
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start the provider: %w", err)
	}
	info := make(chan tfexec.ReattachInfo, 1)
	go func() {
		info <- readReattach(out)
		_, _ = io.Copy(io.Discard, out)
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	select {
	case p.Reattach = <-info:
	case <-time.After(startsWithin):
	case <-ctx.Done():
	}
	if p.Reattach == nil {
		p.Stop()
		return nil, fmt.Errorf("start the provider %s: it doesn't say how to reach it", path)
	}
	if err := p.lessen(env["TMPDIR"], wanted); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// lessen starts a proxy that returns only the wanted schemas.
func (p *Process) lessen(temp string, wanted func(name string) bool) error {
	for name, provider := range p.Reattach {
		p.socket = provider.Addr
		few, err := newFew(temp, provider.Addr, wanted)
		if err != nil {
			return err
		}
		p.few, provider.Addr = few, few.address()
		p.Reattach[name] = provider
	}
	return nil
}

// Stop ends the provider.
func (p *Process) Stop() {
	if p.few != nil {
		p.few.stop()
	}
	_ = cleanup.KillGroup(p.cmd)
	<-p.ended
	// A killed provider leaves its socket behind.
	if p.socket.Network == "unix" {
		_ = os.Remove(p.socket.String)
	}
}

// readReattach reads the reattach line from a provider's output, or returns nil if
// there is none.
func readReattach(out io.Reader) tfexec.ReattachInfo {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		text, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), reattachBegins)
		if !ok {
			continue
		}
		var info tfexec.ReattachInfo
		if json.Unmarshal([]byte(strings.Trim(text, "'")), &info) != nil {
			return nil
		}
		return info
	}
	return nil
}
