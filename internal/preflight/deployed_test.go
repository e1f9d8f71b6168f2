package preflight_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/preflight"
	"datalock/internal/testkit/hcptest"
	"datalock/internal/testkit/tftest"
	"datalock/settings"
)

const (
	deployed = `{"version": 4, "serial": 3, "resources": [{"mode": "managed", "type": "aws_s3_bucket"}, {"mode": "data"}]}`
	emptied  = `{"version": 4, "serial": 4, "resources": []}`
)

// TestDeployedBefore has an empty state, and traces of an earlier deploy
// elsewhere.
func TestDeployedBefore(t *testing.T) {
	const folder = "cdktf.out/stacks/data/"
	finding := "is empty, but FILE has a state with 1 resource; Terraform would plan everything as new, a second " +
		"bucket: move the state first"
	for name, test := range map[string]struct {
		files    map[string]string
		change   func(*settings.Settings)
		found    string
		warned   string
		noLonger bool // with the local backend this is the current state
	}{
		"nothing": {},
		"a state beside the settings": {files: map[string]string{"terraform.data.tfstate": deployed}, noLonger: true,
			found: strings.Replace(finding, "FILE", "terraform.data.tfstate", 1)},
		"a state that was moved away": {files: map[string]string{"terraform.data.tfstate": emptied}},
		"an encrypted state": {
			files: map[string]string{"terraform.data.tfstate": `{"encrypted_data": "AA=="}`}, noLonger: true,
			found: "is empty, but terraform.data.tfstate has a state with content that OpenTofu has encrypted; ",
		},
		"a damaged state": {
			files: map[string]string{"terraform.data.tfstate": `{"version": 4, "resou`}, noLonger: true,
			found: "is empty, but terraform.data.tfstate has a state with content that can't be read; ",
		},
		"a state in the stack's folder": {files: map[string]string{folder + "terraform.tfstate": deployed},
			found: strings.Replace(finding, "FILE", "cdktf.out/stacks/data/terraform.tfstate", 1)},
		"a state where init recorded it": {files: map[string]string{"old/data.tfstate": deployed,
			folder + ".terraform/terraform.tfstate": `{"backend": {"type": "local", "config": {"path": ` +
				`"../../../old/data.tfstate"}}}`},
			found: strings.Replace(finding, "FILE", "old/data.tfstate", 1)},
		"another backend": {files: map[string]string{
			folder + ".terraform/terraform.tfstate": `{"backend": {"type": "s3", "config": {"bucket": "b", "key": "k"}}}`,
		},
			warned: "initialized with the backend s3 (s3://b/k): if this stack is deployed, STOP."},
		"a lock file": {
			files:  map[string]string{folder + ".terraform.lock.hcl": "x"},
			warned: "it has a .terraform.lock.hcl",
		},
		"an exception": {change: func(s *settings.Settings) { s.Exceptions = []settings.Exception{{Rule: "destroyed"}} },
			warned: "the settings have exceptions"},
		"an exception in another plan": {change: func(s *settings.Settings) {
			s.Exceptions = []settings.Exception{{Rule: "destroyed", Address: "module.a.aws_s3_bucket.bucket"}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for file, text := range test.files {
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			server := hcptest.Start(t, tftest.Terraform{})
			server.Add(hcptest.Workspace{Name: "data", ExecutionMode: "local"})
			cloud := oneStack(server.Host, settings.Workspaces{Name: "{stack}"})
			for where, s := range map[string]settings.Settings{
				"the workspace acme/data": cloud,
				"terraform.data.tfstate":  {Buckets: cloud.Buckets},
			} {
				if test.change != nil {
					test.change(&s)
				}
				r, err := preflight.Ask(t.Context(), s, s.Stacks(), preflight.Environment{
					Variables: server.Env(hcptest.Token), Home: t.TempDir(), Dir: ".", Outdir: "cdktf.out", Client: server.Client})
				if err != nil {
					t.Fatal(err)
				}
				isCurrent := test.noLonger && s.Backend.Cloud == nil
				switch {
				case test.found != "" && !isCurrent:
					wantFound(t, r, "the state in "+where+" "+test.found)
				case test.warned != "":
					wantNote(t, r, preflight.Warning, test.warned)
				case len(r.Findings)+len(r.Notes) != 0 || len(r.Ready) != 1:
					t.Errorf("%s: ready is %q, found is %v, notes are %v", where, r.Ready, r.Findings, r.Notes)
				}
			}
		})
	}
}

// TestDeployed: a workspace with a state gets no warning, one with an emptied
// state does.
func TestDeployed(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("terraform.data.tfstate", []byte(deployed), 0o600); err != nil {
		t.Fatal(err)
	}
	for state, want := range map[string]int{deployed: 0, emptied: 1} {
		server := hcptest.Start(t, tftest.Terraform{})
		server.Add(hcptest.Workspace{Name: "data", ExecutionMode: "local"})
		server.SetState("data", []byte(state))
		s := oneStack(server.Host, settings.Workspaces{Name: "{stack}"})
		r, err := preflight.Ask(t.Context(), s, s.Stacks(), preflight.Environment{
			Variables: server.Env(hcptest.Token), Home: t.TempDir(), Dir: ".", Outdir: "cdktf.out", Client: server.Client})
		if err != nil || len(r.Findings) != want || len(r.Notes) != 0 {
			t.Errorf("%v; found is %v, want %d; notes are %v", err, r.Findings, want, r.Notes)
		}
	}
}

// TestStateNotReadable: a token that may not read states gets the answer of a
// workspace without one.
func TestStateNotReadable(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("terraform.data.tfstate", []byte(deployed), 0o600); err != nil {
		t.Fatal(err)
	}
	server := hcptest.Start(t, tftest.Terraform{})
	server.Add(hcptest.Workspace{Name: "data", ExecutionMode: "local"})
	server.SetState("data", []byte(deployed))
	server.Refuse("/current-state-version", http.StatusNotFound)
	s := oneStack(server.Host, settings.Workspaces{Name: "{stack}"})
	r, err := preflight.Ask(t.Context(), s, s.Stacks(), preflight.Environment{
		Variables: server.Env(hcptest.Token), Home: t.TempDir(), Dir: ".", Outdir: "cdktf.out", Client: server.Client})
	if err != nil || len(r.Findings) != 0 || len(r.Ready) != 0 {
		t.Errorf("%v; found is %v, ready is %v, want nothing", err, r.Findings, r.Ready)
	}
	wantNote(t, r, preflight.Unknown, "can't read the state of the workspace acme/data")
}
