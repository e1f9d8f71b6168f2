package tftest

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"datalock/internal/awsprovider"
	"datalock/internal/mirror"
)

// Share starts the AWS provider, for all the commands of the Terraform that it
// returns: plan and apply take half the processor time. The provider has the
// environment that tf has now: name the S3 server first. The commands run one
// at a time, and none may use two configurations of the provider. Where the
// mirror's provider can't be started, each command starts it as before.
func (tf Terraform) Share(t testing.TB) Terraform {
	t.Helper()
	return tf.share(t, nil)
}

// ShareLogged does the same, and the provider logs to the file.
func (tf Terraform) ShareLogged(t testing.TB, log *os.File) Terraform {
	t.Helper()
	return tf.share(t, log)
}

// ours reports whether a type of resource or data source may be in a stack.
func ours(name string) bool {
	return slices.ContainsFunc([]string{
		"aws_caller_identity", "aws_cloudtrail", "aws_cloudwatch_event_", "aws_iam_", "aws_kms_", "aws_s3", "aws_sns_",
	}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

func (tf Terraform) share(t testing.TB, log io.Writer) Terraform {
	t.Helper()
	executables := filepath.Join(tf.mirror, mirror.Provider("terraform"), "*", runtime.GOOS+"_"+runtime.GOARCH,
		"terraform-provider-aws_*")
	found, err := filepath.Glob(executables)
	if err != nil || len(found) != 1 {
		t.Logf("no provider to share: %d are at %s", len(found), executables)
		return tf
	}
	env := map[string]string{}
	for _, variable := range tf.Env {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	provider, err := awsprovider.Start(t.Context(), found[0], env, log, ours)
	if err != nil {
		t.Log(err)
		return tf
	}
	t.Cleanup(provider.Stop)
	text, err := json.Marshal(provider.Reattach)
	if err != nil {
		t.Fatal(err)
	}
	tf.Env = append(slices.Clone(tf.Env), "TF_REATTACH_PROVIDERS="+string(text))
	return tf
}
