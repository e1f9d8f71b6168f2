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
	"datalock/internal/testkit/tftest"
	"datalock/settings"
)

var (
	role = map[string]string{
		"TFC_AWS_PROVIDER_AUTH": "true",
		"TFC_AWS_RUN_ROLE_ARN":  "arn:aws:iam::012345678901:role/deploy",
	}
	keys = map[string]string{"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
)

// oneStack has the cloud backend and one stack.
func oneStack(host string, workspaces settings.Workspaces) settings.Settings {
	return settings.Settings{
		Backend: settings.Backend{
			Cloud: &settings.CloudBackend{Organization: hcptest.Organization, Hostname: host, Workspaces: workspaces},
		},
		Buckets: map[string]settings.Bucket{"data": settings.DefaultBucket()},
	}
}

// TestCloud has a row for each way in which HCP Terraform can be ready or not;
// the findings must be all that is reported.
func TestCloud(t *testing.T) {
	byName, byTags := settings.Workspaces{Name: "dl-{stack}"}, settings.Workspaces{Tags: []string{"datalock"}}
	named := func(w hcptest.Workspace) []hcptest.Workspace { w.Name = "dl-data"; return []hcptest.Workspace{w} }
	tagged := hcptest.Workspace{Name: "a", ExecutionMode: "local", Tags: []string{"datalock", "data"}}
	other := hcptest.Workspace{Name: "b", ExecutionMode: "local", Tags: []string{"datalock", "other"}}
	for name, test := range map[string]struct {
		token      string
		variables  []string
		where      settings.Workspaces
		workspaces []hcptest.Workspace
		change     func(*settings.Settings, *hcptest.Server)
		want       string
	}{
		"no token": {
			where: byName,
			want: "there is no API token for HOST: run terraform login HOST, or put it in Terraform's CLI configuration " +
				"(~/.terraformrc), because a host with a port has no variable that a shell can export: credentials \"HOST\" { " +
				"token = \"…\" }",
		},
		"a token that is none": {
			token: "old",
			where: byName,
			want:  "HOST refuses the API token: create a new one with terraform login HOST",
		},
		"no organization": {token: hcptest.Token, where: byName,
			want: "the organization elsewhere doesn't exist on HOST, or the API token can't read it: correct " +
				"backend.cloud.organization",
			change: func(s *settings.Settings, _ *hcptest.Server) { s.Backend.Cloud.Organization = "elsewhere" }},
		"no workspace": {
			token: hcptest.Token,
			where: byName,
			want:  "data: the workspace acme/dl-data doesn't exist, or the API token can't read it: create it",
		},
		"a workspace variable": {
			token:      hcptest.Token,
			where:      byName,
			variables:  []string{"TF_WORKSPACE="},
			workspaces: named(hcptest.Workspace{ExecutionMode: "local"}),
			want:       `the variable TF_WORKSPACE is set ("")`,
		},
		"locked": {token: hcptest.Token, where: byName, workspaces: named(hcptest.Workspace{ExecutionMode: "local"}),
			want:   "data: the workspace acme/dl-data is locked: wait",
			change: func(_ *settings.Settings, s *hcptest.Server) { s.Lock("dl-data", true) }},
		"locked, remote": {token: hcptest.Token, where: byName, workspaces: named(hcptest.Workspace{Variables: role}),
			want: "data: the workspace acme/dl-data is locked; a remote run would wait, without an error, until it is " +
				"unlocked: wait",
			change: func(_ *settings.Settings, s *hcptest.Server) { s.Lock("dl-data", true) }},
		"an S3 server, no keys": {token: hcptest.Token, where: byName, workspaces: named(hcptest.Workspace{}),
			want: "no keys for the endpoint: set its environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to " +
				"the server's keys, as sensitive, and AWS_CA_BUNDLE if",
			change: func(s *settings.Settings, _ *hcptest.Server) { s.Endpoint = "https://s3.example.com" }},
		"an S3 server, a role": {token: hcptest.Token, where: byName, workspaces: named(hcptest.Workspace{Variables: role}),
			want:   "TFC_AWS_* roles are for AWS only",
			change: func(s *settings.Settings, _ *hcptest.Server) { s.Endpoint = "https://s3.example.com" }},
		"keys, without all-vars": {token: hcptest.Token, where: byName,
			workspaces: named(hcptest.Workspace{Variables: keys}), want: "has long-lived AWS keys",
			change: func(_ *settings.Settings, s *hcptest.Server) { s.Refuse("/all-vars", http.StatusNotFound) }},
		"old terraform": {
			token:      hcptest.Token,
			where:      byName,
			workspaces: named(hcptest.Workspace{ExecutionMode: "local", TerraformVersion: "1.4.7"}),
			want:       "runs Terraform 1.4.7, but the stack needs 1.5 or later",
		},
		"old terraform for a project": {
			token:      hcptest.Token,
			where:      byName,
			workspaces: named(hcptest.Workspace{ExecutionMode: "local", TerraformVersion: "1.5.7"}),
			want:       "runs Terraform 1.5.7, but the stack needs 1.6 or later",
			change:     func(s *settings.Settings, _ *hcptest.Server) { s.Backend.Cloud.Workspaces.Project = "data" },
		},
		"remote, no credential": {
			token:      hcptest.Token,
			where:      byName,
			workspaces: named(hcptest.Workspace{}),
			want:       "data: the workspace acme/dl-data runs Terraform remotely but has no AWS credentials",
		},
		"remote, half a role": {
			token:      hcptest.Token,
			where:      byName,
			workspaces: named(hcptest.Workspace{Variables: map[string]string{"TFC_AWS_PROVIDER_AUTH": "true"}}),
			want:       "runs Terraform remotely but has no AWS credentials",
		},
		"remote, a role that is switched off": {
			token: hcptest.Token,
			where: byName,
			workspaces: named(hcptest.Workspace{Variables: map[string]string{
				"TFC_AWS_PROVIDER_AUTH": "false", "TFC_AWS_RUN_ROLE_ARN": role["TFC_AWS_RUN_ROLE_ARN"],
			}}),
			want: "runs Terraform remotely but has no AWS credentials",
		},
		"remote, an empty role": {
			token: hcptest.Token,
			where: byName,
			workspaces: named(hcptest.Workspace{Variables: map[string]string{
				"TFC_AWS_PROVIDER_AUTH": "true", "TFC_AWS_RUN_ROLE_ARN": "",
			}}),
			want: "runs Terraform remotely but has no AWS credentials",
		},
		"remote, keys": {
			token:      hcptest.Token,
			where:      byName,
			workspaces: named(hcptest.Workspace{Variables: keys}),
			want:       "has long-lived AWS keys: use a role instead",
		},
		"no tagged workspace": {
			token:      hcptest.Token,
			where:      byTags,
			workspaces: []hcptest.Workspace{other},
			want:       "data: no workspace in acme has the tags datalock, data: create one",
		},
		"two tagged workspaces": {
			token:      hcptest.Token,
			where:      byTags,
			workspaces: []hcptest.Workspace{tagged, {Name: "c", Tags: tagged.Tags}},
			want:       "data: 2 workspaces in acme have the tags datalock, data",
		},

		"ready, local": {
			token:      hcptest.Token,
			where:      byName,
			workspaces: named(hcptest.Workspace{ExecutionMode: "local", TerraformVersion: "1.11.4"}),
		},
		"ready, remote":  {token: hcptest.ReadToken, where: byName, workspaces: named(hcptest.Workspace{Variables: role})},
		"ready, by tags": {token: hcptest.Token, where: byTags, workspaces: []hcptest.Workspace{tagged, other}},
		"ready, without all-vars": {token: hcptest.Token, where: byName,
			workspaces: named(hcptest.Workspace{Variables: role}),
			change:     func(_ *settings.Settings, s *hcptest.Server) { s.Refuse("/all-vars", http.StatusNotFound) }},
		"ready, an S3 server": {token: hcptest.Token, where: byName, workspaces: named(hcptest.Workspace{Variables: keys}),
			change: func(s *settings.Settings, _ *hcptest.Server) { s.Endpoint = "https://s3.example.com" }},
	} {
		t.Run(name, func(t *testing.T) {
			server := hcptest.Start(t, tftest.Terraform{})
			for _, workspace := range test.workspaces {
				server.Add(workspace)
			}
			s := oneStack(server.Host, test.where)
			if test.change != nil {
				test.change(&s, server)
			}
			variables := append(server.Env(test.token), test.variables...)
			report, err := preflight.Ask(t.Context(), s, s.Stacks(), preflight.Environment{
				Variables: variables,
				Home:      t.TempDir(),
				Client:    server.Client,
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, request := range server.Requests() {
				if !strings.HasPrefix(request, "GET ") {
					t.Errorf("it asked %s, which may change something", request)
				}
			}
			if test.want == "" {
				if len(report.Findings) != 0 || len(report.Notes) != 0 || len(report.Ready) != 1 {
					t.Errorf("ready is %q, found is %v, notes are %v", report.Ready, report.Findings, report.Notes)
				}
				return
			}
			want := strings.ReplaceAll(test.want, "HOST", server.Host)
			if len(report.Findings) != 1 || !strings.Contains(report.Findings[0].String(), want) {
				t.Errorf("found is %v, want %q", report.Findings, want)
			}
		})
	}
}

// TestCloudCannotBeAsked: a host that isn't HCP Terraform is an error, not a
// finding.
func TestCloudCannotBeAsked(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"has no service": func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"modules.v1": "/"}`)) },
		"discovery doc":  func(w http.ResponseWriter) { _, _ = w.Write([]byte(`<html>`)) },
		"answers 404":    func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) },
	} {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
		t.Cleanup(server.Close)
		host := strings.TrimPrefix(server.URL, "https://")
		s := oneStack(host, settings.Workspaces{Name: "{stack}"})
		env := preflight.Environment{
			Variables: []string{"TF_TOKEN_" + host + "=x"},
			Home:      t.TempDir(),
			Client:    server.Client(),
		}
		_, err := preflight.Ask(t.Context(), s, s.Stacks(), env)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "backend.cloud.hostname") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// TestToken puts the token into each place where Terraform looks.
func TestToken(t *testing.T) {
	server := hcptest.Start(t, tftest.Terraform{})
	server.Add(hcptest.Workspace{Name: "data", ExecutionMode: "local"})
	block := `credentials "` + server.Host + `" { token = "` + hcptest.Token + `" }`
	json := `{"credentials": {"` + server.Host + `": {"token": "` + hcptest.Token + `"}}}`
	helper := "#!/bin/sh\n" + `[ "$2" = "` + server.Host + `" ] && echo '{"token": "` + hcptest.Token +
		`"}' || echo '{}'` + "\n"
	bad := `credentials "` + server.Host + `" { token = "old" }`
	for name, test := range map[string]struct {
		files     map[string]string
		variables []string
		found     bool
	}{
		"nowhere":                     {},
		"another host's":              {variables: []string{"TF_TOKEN_app_terraform_io=" + hcptest.Token}},
		"a variable":                  {variables: []string{server.TokenVariable() + "=" + hcptest.Token}, found: true},
		"a variable with dots":        {variables: []string{"TF_TOKEN_" + server.Host + "=" + hcptest.Token}, found: true},
		"the CLI configuration":       {files: map[string]string{".terraformrc": block}, found: true},
		"what terraform login writes": {files: map[string]string{".terraform.d/credentials.tfrc.json": json}, found: true},
		"the named configuration": {
			files:     map[string]string{"named": block},
			variables: []string{"TF_CLI_CONFIG_FILE=HOME/named"},
			found:     true,
		},
		"beside a named configuration": {
			files:     map[string]string{"named": "", ".terraformrc": block},
			variables: []string{"TF_CLI_CONFIG_FILE=HOME/named"},
		},
		"a helper": {
			files: map[string]string{
				".terraformrc": `credentials_helper "test" { args = ["x"] }`,
				".terraform.d/plugins/terraform-credentials-test": strings.ReplaceAll(helper, "$2", "$3"),
			},
			found: true,
		},
		"a variable before a file": {
			files:     map[string]string{".terraformrc": bad},
			variables: []string{server.TokenVariable() + "=" + hcptest.Token},
			found:     true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			for file, text := range test.files {
				path := filepath.Join(home, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			variables := slices.Clone(test.variables)
			for i := range variables {
				variables[i] = strings.ReplaceAll(variables[i], "HOME", home)
			}
			s := oneStack(server.Host, settings.Workspaces{Name: "{stack}"})
			report, err := preflight.Ask(t.Context(), s, s.Stacks(), preflight.Environment{
				Variables: variables,
				Home:      home,
				Client:    server.Client,
			})
			if err != nil || (len(report.Findings) == 0) != test.found {
				t.Errorf("found is %v, %v", report.Findings, err)
			}
		})
	}
}
