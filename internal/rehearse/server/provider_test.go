package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// share starts the AWS provider for all commands of tf: terraform would start
// it three or four times for each of them, which takes seconds of a core. Where
// the mirror's provider can't be started in this way, terraform starts it.
// https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
func (tf *terraform) share(t *testing.T) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(mirror(t), "registry.terraform.io/hashicorp/aws/*/*",
		"terraform-provider-aws_*"))
	// Only here do providers take certificates from SSL_CERT_FILE; they use
	// AWS_CA_BUNDLE once in a process.
	if err != nil || len(found) != 1 || runtime.GOOS != "linux" {
		t.Logf("no provider is shared: %d found, %v", len(found), err)
		return
	}
	cmd := exec.Command(found[0], "-debug")
	for _, variable := range tf.env {
		cmd.Env = append(cmd.Env, strings.Replace(variable, "AWS_CA_BUNDLE=", "SSL_CERT_FILE=", 1))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(janitor, "+%d\n", cmd.Process.Pid)
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		fmt.Fprintf(janitor, "-%d\n", cmd.Process.Pid)
	})
	const begins = "TF_REATTACH_PROVIDERS="
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if text, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), begins); ok {
			tf.env = append(slices.Clone(tf.env), begins+strings.Trim(text, "'"))
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatal("the provider doesn't say how to reach it")
}
