package preflight_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/preflight"
	"datalock/internal/testkit/hcptest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/tftest"
)

// wantExplained writes a configuration, runs terraform's commands, of which the
// last must fail, and explains the output.
func wantExplained(t *testing.T, tf tftest.Terraform, config, want string, commands ...string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	last := len(commands) - 1
	for _, command := range commands[:last] {
		tf.Run(t, dir, command, "-input=false")
	}
	out, err := tf.Try(dir, commands[last], "-input=false")
	if err == nil {
		t.Fatalf("terraform %s succeeds:\n%s", commands[last], out)
	}
	if finding, known := preflight.Explain("data", out); !known || !strings.Contains(finding.String(), want) {
		t.Errorf("found is %v, want %q, of:\n%s", finding, want, out)
	}
}

// cloudTerraform can reach the server but has no AWS credentials.
func cloudTerraform(t *testing.T, server *hcptest.Server, tf tftest.Terraform) tftest.Terraform {
	tf.Env = slices.DeleteFunc(slices.Clone(tf.Env), func(v string) bool {
		return strings.HasPrefix(v, "TF_WORKSPACE=") || strings.HasPrefix(v, "AWS_")
	})
	tf.Env = append(tf.Env, server.Env(hcptest.Token)...)
	tf.Env = append(tf.Env, "AWS_EC2_METADATA_DISABLED=true", "AWS_CA_BUNDLE=", "HOME="+t.TempDir())
	return tf
}

func cloudConfig(server *hcptest.Server, rest string) string {
	return `{"terraform": {"cloud": {"organization": "acme", "hostname": "` + server.Host +
		`", "workspaces": {"name": "data"}}}` + rest + `}`
}

func TestExplainLock(t *testing.T) {
	tf := tftest.Find(t)
	server := hcptest.Start(t, tf)
	server.Add(hcptest.Workspace{Name: "data", ExecutionMode: "local"})
	server.Lock("data", true)
	wantExplained(t, cloudTerraform(t, server, tf), cloudConfig(server, ""), "another run holds the state lock", "init",
		"plan")
}

func TestExplainCredentials(t *testing.T) {
	tf := tftest.Find(t)
	server := hcptest.Start(t, tf)
	server.Add(hcptest.Workspace{Name: "data", ExecutionMode: "local"})
	bucket := `, "provider": {"aws": [{"region": "us-east-1"}]}, "resource": {"aws_s3_bucket": {"b": {"bucket": "acme"}}}`
	wantExplained(t, cloudTerraform(t, server, tf).Share(t), cloudConfig(server, bucket),
		"no AWS credentials where it runs", "init", "plan")
}

func TestExplainAnotherHost(t *testing.T) {
	tf := tftest.Find(t)
	server := hcptest.Start(t, tf)
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"modules.v1": "/"}`))
	}))
	t.Cleanup(other.Close)
	config := strings.ReplaceAll(cloudConfig(server, ""), server.Host, strings.TrimPrefix(other.URL, "https://"))
	wantExplained(t, cloudTerraform(t, server, tf), config, "the host isn't HCP Terraform", "init")
}

func TestExplainNoStates(t *testing.T) {
	tf, server := tftest.Find(t), s3test.Start(t)
	tf.Env = append(slices.Clone(tf.Env), "AWS_ACCESS_KEY_ID="+server.AccessKey, "AWS_SECRET_ACCESS_KEY="+server.SecretKey)
	config := `{"terraform": {"backend": {"s3": {"bucket": "states", "key": "k", "region": "` + server.Region +
		`", "use_path_style": true,
		"endpoints": {"s3": "` + server.Endpoint +
		`"}, "skip_credentials_validation": true, "skip_metadata_api_check": true, "skip_region_validation": true, ` +
		`"skip_requesting_account_id": true}}}}`
	wantExplained(t, tf, config, "the bucket for the states doesn't exist", "init")
}

// TestExplainAccount makes the provider ask a fake AWS STS for the account of
// the credentials.
func TestExplainAccount(t *testing.T) {
	tf := tftest.Find(t)
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write([]byte(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
			<Arn>arn:aws:iam::999999999999:user/ci</Arn><UserId>AIDA</UserId><Account>999999999999</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`))
	}))
	t.Cleanup(sts.Close)
	config := `{"provider": {"aws": [{"region": "us-east-1", "allowed_account_ids": ["012345678901"], "endpoints": ` +
		`[{"sts": "` + sts.URL + `"}]}]},
		"resource": {"aws_s3_bucket": {"b": {"bucket": "acme"}}}}`
	wantExplained(t, tf.Share(t), config, "another AWS account than the setting", "init", "plan")
}
