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

// runPreflightIn runs the verb in a project with the settings, and returns its
// exit code and what it printed on stdout and stderr.
func runPreflightIn(t *testing.T, settings string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	text := `{"context": {"datalock": ` + settings + `}}`
	if err := os.WriteFile("cdktf.json", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
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
	cloud := strings.Replace(local, "{", `{"backend": {"cloud": {"organization": "acme", "hostname": "`+hcptest.Start(t, tftest.Terraform{}).Host+`"}}, `, 1)
	for name, test := range map[string]struct {
		settings string
		args     []string
		code     int
		out, err string
	}{
		"ready":            {settings: local, err: "ready  a: the state is a local file, terraform.a.tfstate\nready  b:"},
		"one stack":        {settings: local, args: []string{"b"}, err: "ready  b:"},
		"an unknown stack": {settings: local, args: []string{"c"}, code: exitFailed, err: "no stack c in cdktf.json; it declares a, b"},
		"a finding":        {settings: cloud, code: exitFound, err: "wrong  there is no API token for 127.0.0.1:"},
		"json":             {settings: cloud, args: []string{"--json"}, code: exitFound, out: `{"ready":[],"findings":[{"problem":"there is no API token for`},
		"not synthesised":  {settings: local, args: []string{"--init"}, code: exitFailed, err: "run `go run .` first"},
		"a mistake":        {settings: `{}`, code: exitFound, err: "region: missing"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, said := runPreflightIn(t, test.settings, test.args...)
			if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(said, test.err) {
				t.Errorf("exit code %d, want %d; stdout %q, stderr %q", code, test.code, out, said)
			}
		})
	}
}
