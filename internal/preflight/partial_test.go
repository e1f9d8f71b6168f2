package preflight_test

import (
	"net/http"
	"strings"
	"testing"

	"datalock/internal/preflight"
	"datalock/internal/testkit/hcptest"
	"datalock/internal/testkit/tftest"
	"datalock/settings"
)

func ask(t *testing.T, s settings.Settings, server *hcptest.Server, more ...string) (preflight.Report, error) {
	t.Helper()
	return preflight.Ask(t.Context(), s, s.Stacks(), preflight.Environment{
		Variables: append(server.Env(hcptest.Token), more...), Home: t.TempDir(), Dir: t.TempDir(), Outdir: t.TempDir(),
		Client: server.Client,
	})
}

// wantNote checks that there is exactly one note, of the kind and with the
// text.
func wantNote(t *testing.T, r preflight.Report, kind preflight.NoteKind, text string) {
	t.Helper()
	if len(r.Notes) != 1 || r.Notes[0].Kind != kind || !strings.Contains(r.Notes[0].String(), text) {
		t.Errorf("the notes are %v, want one %s with %q", r.Notes, kind, text)
	}
}

// TestVariablesCannotBeListed: servers without all-vars, and tokens without
// permission for it. A workspace isn't ready if its credentials are unknown.
func TestVariablesCannotBeListed(t *testing.T) {
	for name, test := range map[string]struct {
		refused map[string]int
		want    string
	}{
		"all-vars is missing": {
			map[string]int{"/all-vars": http.StatusNotFound},
			"its own variables have none, and those of variable sets can't be listed",
		},
		"both are missing": {
			map[string]int{"/all-vars": http.StatusNotFound, "/vars": http.StatusNotFound},
			"its variables can't be listed",
		},
		"all-vars isn't ours": {map[string]int{"/all-vars": http.StatusForbidden}, `the server returned "forbidden"`},
		"neither of them ours": {
			map[string]int{"/all-vars": http.StatusForbidden, "/vars": http.StatusUnauthorized},
			`the server returned "unauthorized"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := hcptest.Start(t, tftest.Terraform{})
			server.Add(hcptest.Workspace{Name: "data"})
			for path, status := range test.refused {
				server.Refuse(path, status)
			}
			r, err := ask(t, oneStack(server.Host, settings.Workspaces{Name: "{stack}"}), server)
			if err != nil || len(r.Ready)+len(r.Findings) != 0 {
				t.Errorf("%v; ready is %q, found is %v", err, r.Ready, r.Findings)
			}
			wantNote(t, r, preflight.Unknown, test.want)
		})
	}
}

// TestStopped: the report has what was found before and after the failure of
// one stack.
func TestStopped(t *testing.T) {
	server := hcptest.Start(t, tftest.Terraform{})
	server.Add(hcptest.Workspace{Name: "first", ExecutionMode: "local", TerraformVersion: "1.4.7"})
	server.Add(hcptest.Workspace{Name: "second"})
	server.Add(hcptest.Workspace{Name: "third", ExecutionMode: "local"})
	server.Refuse("/all-vars", http.StatusUnprocessableEntity)
	s := oneStack(server.Host, settings.Workspaces{Name: "{stack}"})
	s.Buckets = map[string]settings.Bucket{
		"first":  settings.DefaultBucket(),
		"second": settings.DefaultBucket(),
		"third":  settings.DefaultBucket(),
	}
	r, err := ask(t, s, server, "TF_WORKSPACE=x")
	if err == nil || !strings.Contains(err.Error(), "list the variables of workspace acme/second") ||
		r.Stopped != err.Error() {
		t.Errorf("the error is %v, the report has %q", err, r.Stopped)
	}
	if len(r.Findings) != 2 || !strings.Contains(r.Findings[0].String(), "TF_WORKSPACE") ||
		!strings.Contains(r.Findings[1].String(), "runs Terraform 1.4.7") {
		t.Errorf("found is %v", r.Findings)
	}
	if len(r.Ready) != 1 || !strings.HasPrefix(r.Ready[0], "third: ") {
		t.Errorf("ready is %q", r.Ready)
	}
}

// TestWorkspaceVariable: the variable selects another state.
func TestWorkspaceVariable(t *testing.T) {
	server := hcptest.Start(t, tftest.Terraform{})
	server.Add(hcptest.Workspace{Name: "a", ExecutionMode: "local", Tags: []string{"datalock", "data"}})
	r, err := ask(t, oneStack(server.Host, settings.Workspaces{Tags: []string{"datalock"}}), server, "TF_WORKSPACE=other")
	if err != nil {
		t.Fatal(err)
	}
	wantNote(t, r, preflight.Warning, `TF_WORKSPACE is set: Terraform uses the workspace "other"`)
	local := settings.Settings{Region: "us-east-1", Buckets: map[string]settings.Bucket{"data": settings.DefaultBucket()}}
	for _, value := range []string{"other", "", "default"} {
		r, err := ask(t, local, server, "TF_WORKSPACE="+value)
		if err != nil {
			t.Fatal(err)
		}
		if value == "other" {
			wantNote(t, r, preflight.Warning, `TF_WORKSPACE is set: Terraform uses the workspace "other"`)
		} else if len(r.Notes) != 0 {
			t.Errorf("with TF_WORKSPACE=%q the notes are %v", value, r.Notes)
		}
	}
}
