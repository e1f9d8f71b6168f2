package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRolePolicy(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(path, text string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("cdktf.json", `{"context": {"datalock": {"region": "us-east-1", "buckets": {"a": {}, "b": {}}}}}`)
	write("cdktf.out/stacks/a/cdk.tf.json",
		`{"provider": {"aws": [{"region": "us-east-1"}]}, "resource": {"aws_s3_bucket": {"bucket": {"bucket": "acme"}}}}`)
	for name, test := range map[string]struct {
		args     []string
		code     int
		out, err string
	}{
		"a stack": {args: []string{"a"}, out: `"Sid": "ChangeBucket"`},
		"a phase": {args: []string{"a", "--phase", "change"}, out: `"Sid": "NeverUndoLock"`},
		"publish": {args: []string{"a", "--phase", "publish"}, out: `"s3:PutObjectRetention"`},
		"adopt":   {args: []string{"acme-found", "--phase", "adopt"}, out: `"arn:aws:s3:::acme-found/*"`},
		"an unknown phase": {
			args: []string{"a", "--phase", "destroy"},
			code: exitFailed,
			err: `phase "destroy": must be plan, create, change, publish, verify, renew, renew-batch, verify-at-rest, ` +
				`backfill, audit or, for a bucket without a stack, adopt`,
		},
		"an unknown stack": {args: []string{"c"}, code: exitFailed, err: "no stack c"},
		"not synthesised":  {args: []string{"b"}, code: exitFailed, err: "run `go run .` first"},
		"no stack":         {code: exitFailed, err: "pass one stack"},
	} {
		t.Run(name, func(t *testing.T) {
			errs, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
			if err != nil {
				t.Fatal(err)
			}
			defer errs.Close()
			var out bytes.Buffer
			code := run(context.Background(), append([]string{"role-policy"}, test.args...), streams{
				in:  os.Stdin,
				out: &out,
				err: errs,
			})
			said, err := os.ReadFile(errs.Name())
			if err != nil || code != test.code || !strings.Contains(out.String(), test.out) ||
				!strings.Contains(string(said), test.err) {
				t.Errorf("exit code %d, want %d; stdout %q, stderr %q (%v)", code, test.code, out.String(), said, err)
			}
		})
	}
}
