package preflight_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/preflight"
	"datalock/internal/testkit/hcptest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/tftest"
	"datalock/settings"
)

// TestExplain makes Terraform itself fail in each way, and reads what it
// printed.
func TestExplain(t *testing.T) {
	tf := tftest.Find(t)
	tf.Env = slices.DeleteFunc(tf.Env, func(v string) bool { return strings.HasPrefix(v, "TF_WORKSPACE=") })
	byName := `"name": "made"`
	for name, test := range map[string]struct {
		token, organization, workspaces string
		env                             []string
		backend                         string
		want                            string
	}{
		"no token":        {organization: "acme", workspaces: byName, want: "there is no API token"},
		"refused token":   {token: "old", organization: "acme", workspaces: byName, want: "refuses the API token"},
		"no organization": {token: hcptest.Token, organization: "elsewhere", workspaces: byName, want: "the organization doesn't exist"},
		"may not create":  {token: hcptest.ReadToken, organization: "acme", workspaces: `"name": "missing"`, want: "the workspace doesn't exist"},
		"no tags":         {token: hcptest.Token, organization: "acme", workspaces: `"tags": ["x"]`, want: "no workspace has the tags"},
		"TF_WORKSPACE":    {token: hcptest.Token, organization: "acme", workspaces: byName, env: []string{"TF_WORKSPACE="}, want: "TF_WORKSPACE is set"},
		"no host":         {token: hcptest.Token, organization: "acme", workspaces: byName, backend: "127.0.0.1:1", want: "the host of HCP Terraform doesn't answer"},
	} {
		t.Run(name, func(t *testing.T) {
			server := hcptest.Start(t, tf)
			server.Add(hcptest.Workspace{Name: "made"})
			host := server.Host
			if test.backend != "" {
				host = test.backend
			}
			dir := t.TempDir()
			config := `{"terraform": {"cloud": {"organization": "` + test.organization + `", "hostname": "` + host + `", "workspaces": {` + test.workspaces + `}}}}`
			if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			tf := tf
			tf.Env = append(slices.Clone(tf.Env), append(server.Env(test.token), append(test.env, "HOME="+dir)...)...)
			out, err := tf.Try(dir, "init", "-input=false")
			if err == nil {
				t.Fatalf("terraform succeeds:\n%s", out)
			}
			finding, known := preflight.Explain("data", out)
			if !known || !strings.Contains(finding.String(), test.want) || finding.Stack != "data" || finding.Fix == "" {
				t.Errorf("found is %v, want %q, of:\n%s", finding, test.want, out)
			}
		})
	}
	if finding, known := preflight.Explain("data", []byte("Error: something else")); known {
		t.Errorf("an error that nobody knows means %v", finding)
	}
}

// TestBackendChanged: a stack that was initialised elsewhere.
func TestBackendChanged(t *testing.T) {
	tf := tftest.Find(t)
	dir := t.TempDir()
	for _, path := range []string{"a.tfstate", "b.tfstate"} {
		config := `{"terraform": {"backend": {"local": {"path": "` + path + `"}}}}`
		if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := tf.Try(dir, "init", "-input=false")
		if path == "a.tfstate" {
			if err != nil {
				t.Fatalf("init: %v\n%s", err, out)
			}
			continue
		}
		if finding, known := preflight.Explain("data", out); err == nil || !known || !strings.Contains(finding.Problem, "another backend") {
			t.Errorf("found is %v (%v), of:\n%s", finding, err, out)
		}
	}
}

// TestNoProvider: a mirror that doesn't have it.
func TestNoProvider(t *testing.T) {
	tf := tftest.Find(t)
	dir := t.TempDir()
	config := `{"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "0.0.1"}}}}`
	if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := tf.Try(dir, "init", "-input=false")
	if finding, known := preflight.Explain("data", out); err == nil || !known || !strings.Contains(finding.Problem, "can't download the AWS provider") {
		t.Errorf("found is %v (%v), of:\n%s", finding, err, out)
	}
}

// TestS3 asks a real S3 server for the bucket of the states.
func TestS3(t *testing.T) {
	server := s3test.Start(t)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CA_BUNDLE", "")
	ask := func(accessKey, secretKey string) preflight.Report {
		t.Setenv("AWS_ACCESS_KEY_ID", accessKey)
		t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
		s := settings.Settings{Region: server.Region, Buckets: map[string]settings.Bucket{"data": settings.DefaultBucket()},
			Backend: settings.Backend{S3: &settings.S3Backend{Bucket: "states", Key: settings.DefaultS3Key, Endpoint: server.Endpoint}}}
		report, err := preflight.Ask(t.Context(), s, s.Stacks(), preflight.Environment{})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	wantFound := func(report preflight.Report, want string) {
		t.Helper()
		if len(report.Findings) != 1 || !strings.Contains(report.Findings[0].String(), want) {
			t.Errorf("found is %v, want %q", report.Findings, want)
		}
	}
	wantFound(ask(server.AccessKey, server.SecretKey), "the state's bucket states doesn't exist")
	makeBucket(t, server, "states")
	wantFound(ask(server.Users["stranger"].AccessKey, server.Users["stranger"].SecretKey), "can't use the state's bucket states")
	if report := ask(server.AccessKey, server.SecretKey); len(report.Findings) != 0 || !slices.Equal(report.Ready, []string{"data: the state is s3://states/datalock/data.tfstate"}) {
		t.Errorf("ready is %q, found is %v", report.Ready, report.Findings)
	}
}
