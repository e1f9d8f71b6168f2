// Package tftest finds what tests need to run Terraform for real and without a
// network: the terraform command, and a mirror that holds the AWS provider.
// Where one is missing the test is skipped, with a word on how to have it.
package tftest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// MirrorVariable names a folder that holds a provider mirror, for machines
// where it lies elsewhere than Terraform would look.
const MirrorVariable = "DATALOCK_PROVIDER_MIRROR"

// providerFolder is where a mirror has the AWS provider.
// https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
const providerFolder = "registry.terraform.io/hashicorp/aws"

// Terraform is a terraform command with an environment of its own.
type Terraform struct {
	// Path is that of the command.
	Path string
	// Env is its environment: providers come from the mirror, credentials
	// are made up, nothing is asked and nothing is reported.
	Env []string
}

// Find returns a Terraform for the test, or skips it.
func Find(t testing.TB) Terraform {
	t.Helper()
	path, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("skipped: there is no terraform on PATH")
	}
	mirror := Mirror()
	if mirror == "" {
		t.Skipf("skipped: no provider mirror with %s was found; name one in %s", providerFolder, MirrorVariable)
	}
	config := filepath.Join(t.TempDir(), "terraformrc")
	text := "provider_installation {\n  filesystem_mirror {\n    path = \"" + filepath.ToSlash(mirror) + "\"\n  }\n}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Terraform{Path: path, Env: append(os.Environ(),
		"TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true", "AWS_CA_BUNDLE=",
		"TF_WORKSPACE=", "TF_CLI_ARGS=", "TF_DATA_DIR=")}
}

// Run runs terraform in dir and returns what it printed; the test fails where
// terraform does.
func (tf Terraform) Run(t testing.TB, dir string, args ...string) []byte {
	t.Helper()
	out, err := tf.Try(dir, args...)
	if err != nil {
		t.Fatalf("terraform %v in %s: %v\n%s", args, dir, err, out)
	}
	return out
}

// Try runs terraform in dir and returns what it printed, also where it fails.
func (tf Terraform) Try(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command(tf.Path, args...)
	cmd.Dir, cmd.Env = dir, tf.Env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.Bytes(), err
}

// Mirror returns the folder of a provider mirror that holds the AWS provider,
// or "" where none is found.
func Mirror() string {
	home, _ := os.UserHomeDir()
	places := []string{
		os.Getenv(MirrorVariable),
		filepath.Join(home, ".terraform.d", "plugins"),
		filepath.Join(home, ".local", "share", "terraform", "plugins"),
		"/usr/local/share/terraform/plugins",
		"/usr/share/terraform/plugins",
	}
	others, _ := filepath.Glob("/opt/*")
	for _, place := range append(places, others...) {
		if place == "" {
			continue
		}
		if info, err := os.Stat(filepath.Join(place, providerFolder)); err == nil && info.IsDir() {
			return place
		}
	}
	return ""
}
