package rehearse

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/mirror"
	"datalock/internal/rehearse/local"
)

const messages = `not a message
{"@message":"x","type":"version"}
{"type":"planned_change","change":{"action":"update","resource":{"addr":"aws_s3_bucket.bucket"}}}
{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"careful"}}
{"type":"diagnostic","diagnostic":{"severity":"error","summary":"it failed","detail":"for\nthis reason","address":"aws_s3_bucket.bucket"}}
{"type":"change_summary","changes":{"add":8,"operation":"apply"}}
{"type":"outputs","outputs":{"bucket_name":{"value":"b","sensitive":false},"count":{"value":3}}}
`

func TestMessages(t *testing.T) {
	all := parse(messages)
	if len(all) != 6 || all[4].Changes.Add != 8 || all[5].Outputs["bucket_name"].Value != "b" ||
		all[5].Outputs["count"].Value != "" {
		t.Errorf("parsed %+v", all)
	}
	given := errors.New("exit status 1")
	if got := said(messages, given).Error(); got != "aws_s3_bucket.bucket: it failed: for this reason" {
		t.Errorf("said %q", got)
	}
	if got := said("nothing", given); !errors.Is(got, given) {
		t.Errorf("said %q where terraform explained nothing", got)
	}
}

func TestFailed(t *testing.T) {
	stopped, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("interrupted")
	cancel(cause)
	d := &deployment{}
	if err := d.failed(stopped, "terraform apply", errors.New("exit 1")); !errors.Is(err, cause) {
		t.Errorf("a stopped apply: %v", err)
	}
	err := d.failed(t.Context(), "terraform init", errors.New("Error: Failed to query available provider packages"))
	if !strings.Contains(err.Error(), "set "+mirror.Variable+" to it") {
		t.Errorf("without a registry: %v", err)
	}
	if err := d.failed(t.Context(), "terraform plan",
		errors.New("\nError: x\n")); err.Error() != "terraform plan: Error: x" {
		t.Errorf("another error: %q", err)
	}
}

func TestFindTerraform(t *testing.T) {
	put := func(dir, name string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cache, path := t.TempDir(), t.TempDir()
	t.Setenv("PATH", path)
	// No download can succeed.
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	installs := 0
	find := func() (string, error) { return FindTerraform(t.Context(), cache, func() { installs++ }) }
	if _, err := find(); err == nil || !strings.Contains(err.Error(), "there is no terraform or tofu on PATH") ||
		installs != 1 {
		t.Errorf("with none, and nothing to install from: %v, %d tries", err, installs)
	}
	if left, _ := os.ReadDir(cache); len(left) > 0 {
		t.Errorf("the failed installation left %v", left)
	}
	t.Chdir(t.TempDir())
	put("terraform-"+terraformVersion, "terraform") // somebody's, in the folder that we are in
	if _, err := FindTerraform(t.Context(), "", func() { installs++ }); err == nil ||
		!strings.Contains(err.Error(), local.CacheFix) || installs != 1 {
		t.Errorf("without a cache folder: %v, %d tries", err, installs)
	}
	for _, one := range []struct{ dir, name string }{
		{filepath.Join(cache, "terraform-"+terraformVersion), "terraform"},
		{path, "tofu"},
		{path, "terraform"},
	} {
		want := put(one.dir, one.name)
		if got, err := find(); err != nil || got != want || installs != 1 {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
}

func TestInState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	if known, err := inState(path); len(known) > 0 || err != nil {
		t.Errorf("no state: %v, %v", known, err)
	}
	for _, c := range []struct {
		text  string
		known string
		fails bool
	}{
		{"", "", false},
		{`{"resources":[{"type":"aws_s3_bucket","name":"bucket"}]}`, "bucket", false},
		{
			`{"resources":[{"type":"aws_s3_bucket","name":"trail_bucket"},{"type":"aws_s3_bucket_policy","name":"bucket"}]}`,
			"trail_bucket",
			false,
		},
		{`{"resources"`, "", true},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if known, err := inState(path); strings.Join(slices.Collect(maps.Keys(known)), " ") != c.known ||
			(err != nil) != c.fails {
			t.Errorf("%s: %v, %v", c.text, known, err)
		}
	}
}
