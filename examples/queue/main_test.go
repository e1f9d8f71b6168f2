package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"
)

// asApp makes the test binary run main: it is the app, and linked already.
const asApp = "QUEUE_TEST_RUN_APP"

func TestMain(m *testing.M) {
	if os.Getenv(asApp) != "" {
		main()
		return
	}
	code := m.Run()
	// jsii made a temporary folder when it was imported.
	jsii.Close()
	os.Exit(code)
}

// TestSameBytesAsStock runs the app with and without a slim cache, side by side
// and each with its own home folder, and compares the output.
func TestSameBytesAsStock(t *testing.T) {
	var slim, stock string
	var packages map[string][]string
	t.Run("synth", func(t *testing.T) {
		t.Run("slim", func(t *testing.T) {
			t.Parallel()
			slim, packages = synth(t)
		})
		t.Run("stock", func(t *testing.T) {
			t.Parallel()
			stock, _ = synth(t, "DATALOCK_JSII=stock")
		})
	})
	if t.Failed() {
		return
	}
	if slim != stock {
		t.Errorf("with the slim cache\n%s\nwithout\n%s", slim, stock)
	}
	// Both providers come from the slim cache, each with what is imported.
	want := []string{"provider-aws", "provider-random"}
	if got := slices.Sorted(maps.Keys(packages)); !slices.Equal(got, want) {
		t.Fatalf("the slim cache has the providers %q, want %q", got, want)
	}
	for name, folders := range map[string][]string{
		"provider-aws":    {"provider", "sqs-queue"},
		"provider-random": {"pet", "provider"},
	} {
		if !slices.Equal(packages[name], folders) {
			t.Errorf("%s has %q, want %q", name, packages[name], folders)
		}
	}
	var declared struct {
		Resource map[string]map[string]any `json:"resource"`
	}
	if err := json.Unmarshal([]byte(slim), &declared); err != nil {
		t.Fatal(err)
	}
	if declared.Resource["aws_sqs_queue"]["queue"] == nil || declared.Resource["random_pet"]["name"] == nil {
		t.Errorf("not all resources are there: %s", slim)
	}
}

// synth returns the Terraform JSON, and the submodules of each provider in the
// slim cache.
func synth(t *testing.T, env ...string) (text string, packages map[string][]string) {
	t.Helper()
	home, dir := t.TempDir(), t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir(), asApp + "=1"}, env...)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "slimcache:") {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "cdktf.out", "stacks", "queue", "cdk.tf.json"))
	if err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob(filepath.Join(home, ".cache", "cdktf-slimcache", "*", "packages", "@cdktf", "*", "*",
		"*", "lib", "*", "index.js"))
	if err != nil {
		t.Fatal(err)
	}
	packages = map[string][]string{}
	for _, path := range folders {
		parts := strings.Split(filepath.ToSlash(path), "/")
		n := len(parts)
		packages[parts[n-6]] = append(packages[parts[n-6]], parts[n-2])
	}
	return string(data), packages
}
