package rehearse

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"datalock/internal/cleanup"
	"datalock/internal/mirror"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// Terraform starts the AWS provider three or four times for each of its
// commands, and each start takes seconds of a core. So where that is possible,
// the rehearsal starts the provider that terraform init has installed and
// verified, once, and has terraform use it, as a provider's own tests do.
// https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode

// startsWithin is how long the provider may take to start.
const startsWithin = 20 * time.Second

// reattachBegins begins the line that a provider prints once it takes requests.
const reattachBegins = "TF_REATTACH_PROVIDERS="

// shareProvider starts the provider and returns what stops it. Where it can't
// be started in this way, terraform starts it itself.
func (d *deployment) shareProvider(ctx context.Context) (stop func()) {
	stop = func() {}
	// Only on Linux do providers take certificates from SSL_CERT_FILE;
	// AWS_CA_BUNDLE can be used once in a process.
	if runtime.GOOS != "linux" || d.command != "terraform" || !d.own {
		return stop
	}
	found, err := filepath.Glob(filepath.Join(d.WorkingDir(), ".terraform", "providers", mirror.Provider(d.command), "*", "*", "terraform-provider-aws_*"))
	if err != nil || len(found) != 1 {
		return stop
	}
	env := maps.Clone(d.env)
	env["SSL_CERT_FILE"] = env["AWS_CA_BUNDLE"]
	delete(env, "AWS_CA_BUNDLE")
	cmd := exec.Command(found[0], "-debug")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cleanup.Group(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return stop
	}
	ended := make(chan struct{})
	info := make(chan tfexec.ReattachInfo, 1)
	go func() {
		info <- readReattach(out)
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
		close(ended)
	}()
	stop = func() {
		_ = cleanup.KillGroup(cmd)
		<-ended
		// Killed, the provider doesn't remove its socket.
		for _, provider := range d.reattach {
			if provider.Addr.Network == "unix" {
				_ = os.Remove(provider.Addr.String)
			}
		}
	}
	select {
	case d.reattach = <-info:
	case <-time.After(startsWithin):
	case <-ctx.Done():
	}
	if d.reattach == nil {
		stop()
		return func() {}
	}
	return stop
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
