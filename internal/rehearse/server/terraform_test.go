package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/internal/rehearse/server/internal/identity"
)

// mirror returns a filesystem mirror that holds the AWS provider, or skips the
// test.
func mirror(t *testing.T) string {
	t.Helper()
	home, _ := os.UserHomeDir()
	places := []string{
		os.Getenv("DATALOCK_PROVIDER_MIRROR"), filepath.Join(home, ".terraform.d/plugins"),
		"/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins",
	}
	others, _ := filepath.Glob("/opt/*")
	for _, place := range append(places, others...) {
		if place == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(place, "registry.terraform.io/hashicorp/aws")); err == nil {
			return place
		}
	}
	t.Skip("SKIPPED: no filesystem mirror with the AWS provider found: set DATALOCK_PROVIDER_MIRROR to one")
	return ""
}

// terraform runs terraform in a folder, and returns its output and exit code.
type terraform struct {
	dir string
	env []string
}

func newTerraform(t *testing.T, s *running, config string) *terraform {
	t.Helper()
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("SKIPPED: no terraform on PATH")
	}
	dir := t.TempDir()
	data, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	rc := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror(t))
	for name, text := range map[string]string{"main.tf.json": string(data), "terraform.rc": rc} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The sealed policy denies the root user too.
	deployer := s.Users[identity.Preparer]
	env := []string{
		"TF_CLI_CONFIG_FILE=" + filepath.Join(dir, "terraform.rc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"AWS_ACCESS_KEY_ID=" + deployer.Access, "AWS_SECRET_ACCESS_KEY=" + deployer.Secret,
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_ENDPOINT_URL_S3=" + s.Endpoint, "TF_VAR_region=" + s.Region, "GOGC=400",
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		env = append(env, name+"="+os.Getenv(name))
	}
	if s.CAFile != "" {
		env = append(env, "AWS_CA_BUNDLE="+s.CAFile)
	}
	return &terraform{dir, env}
}

func (tf *terraform) run(t *testing.T, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "terraform", args...)
	cmd.Dir, cmd.Env = tf.dir, tf.env
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	err := runInGroup(cmd)
	if cmd.ProcessState == nil {
		t.Fatalf("terraform %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

func (tf *terraform) must(t *testing.T, args ...string) {
	t.Helper()
	if out, exit := tf.run(t, args...); exit != 0 {
		t.Fatalf("terraform %s: exit %d\n%s", strings.Join(args, " "), exit, out)
	}
}

func TestTerraformAppliesASealedBucket(t *testing.T) {
	t.Parallel()
	// The provider waits 55 s for every lifecycle configuration, on AWS as
	// here, so one run does without.
	for name, c := range map[string]struct{ serverArgs, targets []string }{
		"http": {nil, nil},
		"https": {
			[]string{"--tls"},
			[]string{"-target=aws_s3_bucket_policy.sealed", "-target=aws_s3_bucket_object_lock_configuration.sealed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, nil, c.serverArgs...)
			tf := newTerraform(t, s, "testdata/sealed/main.tf.json")
			tf.share(t)
			tf.must(t, "init", "-input=false", "-no-color")
			tf.must(t, append([]string{"apply", "-auto-approve", "-input=false", "-no-color"}, c.targets...)...)
			plan := append([]string{"plan", "-detailed-exitcode", "-input=false", "-no-color"}, c.targets...)
			if out, exit := tf.run(t, plan...); exit != 0 {
				t.Errorf("the second plan isn't empty: exit %d\n%s", exit, out)
			}
			bucket := "sealed-data"
			if _, err := s.as(identity.Root).DeleteBucketPolicy(t.Context(),
				&s3.DeleteBucketPolicyInput{Bucket: &bucket}); err != nil {
				t.Fatal(err)
			}
			if out, exit := tf.run(t, plan...); exit != 2 {
				t.Errorf("a plan after a change behind Terraform's back: exit %d, want 2\n%s", exit, out)
			}
			tf.must(t, "destroy", "-auto-approve", "-input=false", "-no-color")
		})
	}
}
