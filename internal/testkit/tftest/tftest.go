// Package tftest finds what tests need to run Terraform: the terraform command,
// and a mirror with the AWS provider. If there is no mirror it downloads the
// provider once. If one can't be had it skips the test and says how to install
// it.
package tftest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"datalock/internal/mirror"
	"datalock/internal/testkit/sandbox"
)

// Terraform is a terraform command with its own environment.
type Terraform struct {
	// Path is that of the command.
	Path string
	// Env is its environment: providers come from the mirror, credentials
	// are made up, nothing is asked and nothing is reported.
	Env []string

	mirror string
}

// Find returns a Terraform for the test, or skips it.
func Find(t testing.TB) Terraform {
	t.Helper()
	path, err := exec.LookPath("terraform")
	if err != nil {
		sandbox.Skip(t, "there is no terraform on PATH")
	}
	dir, err := mirror.Find(os.Getenv, "terraform")
	if err != nil {
		t.Fatal(err)
	}
	if dir == "" {
		if dir, err = download(path); err != nil {
			sandbox.Skip(t, "no provider mirror with %s was found, and %v; name one in %s", mirror.Provider("terraform"), err,
				mirror.Variable)
		}
	}
	config := filepath.Join(t.TempDir(), "terraformrc")
	if err := os.WriteFile(config, []byte(mirror.Config(dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	return Terraform{Path: path, mirror: dir, Env: append(os.Environ(),
		"TF_CLI_CONFIG_FILE="+config, "GOGC=400", "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true", "AWS_CA_BUNDLE=",
		"TF_WORKSPACE=", "TF_CLI_ARGS=", "TF_DATA_DIR=")}
}

// With returns the same Terraform with variables added to its environment.
func (tf Terraform) With(variables map[string]string) Terraform {
	tf.Env = slices.Clone(tf.Env)
	for name, value := range variables {
		tf.Env = append(tf.Env, name+"="+value)
	}
	return tf
}

// Run runs terraform in dir and returns its output. If terraform fails, the test
// fails.
func (tf Terraform) Run(t testing.TB, dir string, args ...string) []byte {
	t.Helper()
	out, err := tf.Try(dir, args...)
	if err != nil {
		t.Fatalf("terraform %v in %s: %v\n%s", args, dir, err, out)
	}
	return out
}

// Try runs terraform in dir and returns its output, even if it fails.
func (tf Terraform) Try(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command(tf.Path, args...)
	cmd.Dir, cmd.Env = dir, tf.Env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.Bytes(), err
}

// Mirror returns the folder of a provider mirror that holds the AWS provider,
// or "" if none is found, as the tool finds it.
func Mirror() string {
	dir, err := mirror.Find(os.Getenv, "terraform")
	if err != nil {
		return ""
	}
	return dir
}
