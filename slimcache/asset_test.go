package slimcache_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

// TestLateLibraries runs an app that needs the libraries that are loaded late,
// with the slim cache and without.
func TestLateLibraries(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "asset")
	build := exec.Command("go", "build", "-o", binary, "./slimcache/testdata/asset")
	build.Dir = apptest.Root()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	folder := t.TempDir()
	for name, text := range map[string]string{"a.txt": "one\n", "b.txt": "two\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	printer := filepath.Join(t.TempDir(), "print.js")
	if err := os.WriteFile(printer, []byte(printing), 0o600); err != nil {
		t.Fatal(err)
	}
	asset := func(env ...string) (stdout, stderr string, files map[string]string) {
		r := &run{binary: binary, home: t.TempDir(), dir: t.TempDir(), env: append(env, "NODE_OPTIONS=--require "+printer)}
		cmd := r.command()
		cmd.Args = append(cmd.Args, folder)
		var out, err strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &err
		if failed := cmd.Run(); failed != nil {
			t.Fatalf("%v\n%s", failed, err.String())
		}
		return out.String(), err.String(), apptest.Files(t, filepath.Join(r.dir, "cdktf.out"))
	}
	stdout, stderr, got := asset()
	if said := complaint(stderr); said != "" {
		t.Errorf("the slim cache stepped aside: %s", said)
	}
	wantStdout, wantStderr, want := asset("DATALOCK_JSII=stock", "JSII_RUNTIME_PACKAGE_CACHE_ROOT="+stockRoot(t))
	const printed, warned = "printed {\"stdout\": \"ö\"}\n", "warned\n"
	if stdout != wantStdout || !strings.HasPrefix(stdout, printed) {
		t.Errorf("JavaScript printed %q, and %q the stock way", stdout, wantStdout)
	}
	if !strings.Contains(stderr, warned) || !strings.Contains(wantStderr, warned) {
		t.Errorf("JavaScript warned %q, and %q the stock way", stderr, wantStderr)
	}
	takeArchive(t, got, want)
	mustEqual(t, got, want)
}

// printing makes JavaScript print when the kernel loads cdktf.
const printing = `
const module_ = require('module'), load = module_._load;
module_._load = function (name, ...rest) {
  if (name === 'json-stable-stringify') {
    console.log('printed {"stdout": "ö"}');
    console.error('warned');
  }
  return load.call(this, name, ...rest);
};`

// takeArchive compares the archives in two outputs and takes them out: their
// bytes have the time at which they were packed.
func takeArchive(t *testing.T, got, want map[string]string) {
	t.Helper()
	archives := 0
	for name, text := range want {
		if strings.HasSuffix(name, ".zip") {
			archives++
			if len(got[name]) != len(text) {
				t.Errorf("%s has %d bytes, want %d", name, len(got[name]), len(text))
			}
			delete(want, name)
			delete(got, name)
		}
	}
	if archives != 1 {
		t.Errorf("the output has %d archives, want 1", archives)
	}
}
