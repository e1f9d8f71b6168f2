package preflight_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/preflight"
	"datalock/internal/testkit/hcptest"
	"datalock/internal/testkit/tftest"
)

// TestExplain makes Terraform itself fail in each way, and explains its output.
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
		"no token":      {organization: "acme", workspaces: byName, want: "there is no API token"},
		"refused token": {token: "old", organization: "acme", workspaces: byName, want: "refuses the API token"},
		"no organization": {
			token:        hcptest.Token,
			organization: "elsewhere",
			workspaces:   byName,
			want:         "the organization doesn't exist",
		},
		"may not create": {
			token:        hcptest.ReadToken,
			organization: "acme",
			workspaces:   `"name": "missing"`,
			want:         "the workspace doesn't exist",
		},
		"no tags": {
			token:        hcptest.Token,
			organization: "acme",
			workspaces:   `"tags": ["x"]`,
			want:         "no workspace has the tags",
		},
		"TF_WORKSPACE": {
			token:        hcptest.Token,
			organization: "acme",
			workspaces:   byName,
			env:          []string{"TF_WORKSPACE="},
			want:         "TF_WORKSPACE is set",
		},
		"no host": {
			token:        hcptest.Token,
			organization: "acme",
			workspaces:   byName,
			backend:      "127.0.0.1:1",
			want:         "the host of HCP Terraform doesn't answer",
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := hcptest.Start(t, tf)
			server.Add(hcptest.Workspace{Name: "made"})
			host := server.Host
			if test.backend != "" {
				host = test.backend
			}
			dir := t.TempDir()
			config := `{"terraform": {"cloud": {"organization": "` + test.organization + `", "hostname": "` + host +
				`", "workspaces": {` + test.workspaces + `}}}}`
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

// TestBackendChanged: a stack that was initialized with another backend.
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
		if finding, known := preflight.Explain("data", out); err == nil || !known ||
			!strings.Contains(finding.Problem, "another backend") {
			t.Errorf("found is %v (%v), of:\n%s", finding, err, out)
		}
	}
}

// TestExplainOpenTofu: the fix for an error of an OpenTofu release without its
// provider names OpenTofu's registry.
func TestExplainOpenTofu(t *testing.T) {
	for _, said := range []string{
		"│ Error: Failed to query available provider packages\n│ \n│ Could not retrieve the list of available " +
			"versions for provider\n│ hashicorp/aws: " +
			"provider registry.opentofu.org/hashicorp/aws was not found in any of the\n│ search locations",
		"Error: Failed to resolve provider packages\n\nCould not resolve provider hashicorp/aws: could not connect " +
			"to\nregistry.opentofu.org: " +
			"failed to request discovery document: context\ndeadline exceeded",
		"Error: Failed to resolve provider packages\n\nCould not resolve provider hashicorp/aws: no available releases " +
			"match the given constraints ~> 7.0",
	} {
		finding, known := preflight.Explain("data", []byte(said))
		if !known || !strings.Contains(finding.Problem, "OpenTofu can't download") ||
			!strings.Contains(finding.Fix, "registry.opentofu.org/hashicorp/aws") {
			t.Errorf("found is %v, of:\n%s", finding, said)
		}
	}
}

// TestNoProvider: a mirror without the provider.
func TestNoProvider(t *testing.T) {
	tf := tftest.Find(t)
	dir := t.TempDir()
	config := `{"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "0.0.1"}}}}`
	if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := tf.Try(dir, "init", "-input=false")
	if finding, known := preflight.Explain("data", out); err == nil || !known ||
		!strings.Contains(finding.Problem, "can't download the AWS provider") {
		t.Errorf("found is %v (%v), of:\n%s", finding, err, out)
	}
}
