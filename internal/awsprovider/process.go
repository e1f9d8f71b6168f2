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
	// startsWithin is how long the provider may take to start.
	startsWithin = 20 * time.Second
	// reattachBegins begins the line that a provider prints once it takes
	// requests.
	reattachBegins = "TF_REATTACH_PROVIDERS="
)

// A Process is a provider that runs, for any number of Terraform commands. They
// share what it is configured with, so that one of them runs at a time, and has
// one configuration of the provider.
// https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
type Process struct {
	// Reattach says how Terraform reaches it.
	Reattach tfexec.ReattachInfo

	cmd *exec.Cmd
	// few is between Terraform and the provider, whose own address is socket.
	few    *few
	socket tfexec.ReattachConfigAddr
	ended  chan struct{}
}

// Start starts the provider whose executable is at path. env is all of its
// environment; the certificates that AWS_CA_BUNDLE names are those that it
// trusts. It logs each request to AWS, as JSON, to log; nil drops that. Terraform
// sees only the types of resources and data sources that are wanted. The error
// says why a provider can't be shared, and Terraform still can start it itself.
func Start(
	ctx context.Context, path string, env map[string]string, log io.Writer, wanted func(name string) bool,
) (*Process, error) {
	// Only here do providers take certificates from SSL_CERT_FILE; they use
	// AWS_CA_BUNDLE once in a process.
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

// lessen puts what passes on only the wanted schemas between Terraform and the
// provider.
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
	// Killed, the provider doesn't remove its socket.
	if p.socket.Network == "unix" {
		_ = os.Remove(p.socket.String)
	}
}

// readReattach reads how to reach a provider from what it prints, or returns
// nil where it doesn't say.
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
