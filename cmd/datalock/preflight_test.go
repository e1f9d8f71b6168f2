package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/hcptest"
	"datalock/internal/testkit/tftest"
)

// TestPreflightStopped: findings from before an error stopped the checks are
// printed, also as JSON.
func TestPreflightStopped(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("TF_WORKSPACE", "x")
	t.Setenv("TF_CLI_CONFIG_FILE", filepath.Join(t.TempDir(), "terraformrc"))
	text := `credentials "127.0.0.1:1" { token = "x" }`
	if err := os.WriteFile(os.Getenv("TF_CLI_CONFIG_FILE"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const settings = `{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "hostname": ` +
		`"127.0.0.1:1"}}, "buckets": {"a": {}}}`
	code, out, said := runPreflightIn(t, settings, "--json")
	for _, want := range []string{
		`"problem":"the variable TF_WORKSPACE is set`,
		`"stopped":"find the HCP Terraform API of 127.0.0.1:1`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %s in %s", want, out)
		}
	}
	if code != exitFailed || !strings.Contains(said, "wrong  the variable TF_WORKSPACE") ||
		!strings.Contains(said, "datalock: find the HCP") {
		t.Errorf("exit code %d, stderr %q", code, said)
	}
}

// TestPreflightInit chooses the command by what is installed and by who wrote
// the lock file. The commands only print their names.
func TestPreflightInit(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	both, onlyTofu := t.TempDir(), t.TempDir()
	for _, file := range []string{
		filepath.Join(both, "terraform"), filepath.Join(both, "tofu"), filepath.Join(onlyTofu, "tofu"),
	} {
		script := "#!/bin/sh\necho \"I am ${0##*/}: $*\"\nexit 1\n"
		if err := os.WriteFile(file, []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ path, lock, want string }{
		{both, "", "I am terraform: init -input=false"},
		{both, `provider "registry.terraform.io/hashicorp/aws" {`, "I am terraform:"},
		{both, `provider "registry.opentofu.org/hashicorp/aws" {`, "I am tofu: init -input=false"},
		{onlyTofu, `provider "registry.terraform.io/hashicorp/aws" {`, "I am tofu:"},
		{t.TempDir(), "", "neither terraform nor tofu is on PATH"},
	} {
		t.Setenv("PATH", c.path)
		code, _, said := runPreflightWith(t, `{"region": "us-east-1", "buckets": {"a": {}}}`, func() {
			dir := filepath.Join("cdktf.out", "stacks", "a")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"cdk.tf.json": "{}", ".terraform.lock.hcl": c.lock} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}, "--init")
		if code != exitFailed || !strings.Contains(said, c.want) ||
			!strings.Contains(said, "WARNING  a: the state in terraform.a.tfstate is empty, but") {
			t.Errorf("%s: exit code %d, stderr %q", c.want, code, said)
		}
	}
}

// runPreflightIn runs the verb in a project with the settings, and returns its
// exit code and its stdout and stderr.
func runPreflightIn(t *testing.T, settings string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return runPreflightWith(t, settings, func() {}, args...)
}

// runPreflightWith prepares the project's folder first.
func runPreflightWith(t *testing.T, settings string, prepare func(), args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	text := `{"context": {"datalock": ` + settings + `}}`
	if err := os.WriteFile("cdktf.json", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	prepare()
	errs, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer errs.Close()
	var out bytes.Buffer
	code = run(context.Background(), append([]string{"preflight"}, args...), streams{in: os.Stdin, out: &out, err: errs})
	said, err := os.ReadFile(errs.Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, out.String(), string(said)
}

func TestPreflight(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	const local = `{"region": "us-east-1", "buckets": {"a": {}, "b": {}}}`
	cloud := strings.Replace(local, "{",
		`{"backend": {"cloud": {"organization": "acme", "hostname": "`+hcptest.Start(t, tftest.Terraform{}).Host+`"}}, `, 1)
	for name, test := range map[string]struct {
		settings string
		args     []string
		code     int
		out, err string
	}{
		"ready":     {settings: local, err: "ready  a: the state is a local file, terraform.a.tfstate\nready  b:"},
		"one stack": {settings: local, args: []string{"b"}, err: "ready  b:"},
		"an unknown stack": {
			settings: local,
			args:     []string{"c"},
			code:     exitFailed,
			err:      "no stack c in cdktf.json; it declares a, b",
		},
		"a finding": {settings: cloud, code: exitFound, err: "wrong  there is no API token for 127.0.0.1:"},
		"json": {
			settings: cloud,
			args:     []string{"--json"},
			code:     exitFound,
			out:      `{"ready":[],"findings":[{"problem":"there is no API token for`,
		},
		"not synthesised": {settings: local, args: []string{"--init"}, code: exitFailed, err: "run `go run .` first"},
		"a mistake":       {settings: `{}`, code: exitFound, err: "region: missing"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, said := runPreflightIn(t, test.settings, test.args...)
			if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(said, test.err) {
				t.Errorf("exit code %d, want %d; stdout %q, stderr %q", code, test.code, out, said)
			}
		})
	}
}
