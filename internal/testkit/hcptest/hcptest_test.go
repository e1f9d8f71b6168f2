package hcptest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/hcptest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/tftest"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

// A testServer is a stack with the cloud backend, an S3 server for its bucket and an HCP
// Terraform server for its state.
type testServer struct {
	hcp *hcptest.Server
	s3  s3test.Server
	tf  tftest.Terraform
	dir string
}

// workspaces is the setting backend.cloud.workspaces.
func newTestServer(t *testing.T, workspaces string) testServer {
	return newTestServerFor(t, workspaces, `{}`)
}

func newTestServerFor(t *testing.T, workspaces, bucket string) testServer {
	t.Helper()
	tf := tftest.Find(t)
	l := testServer{hcp: hcptest.Start(t, tf), s3: s3test.Start(t, "--tls"), tf: tf}
	settings := fmt.Sprintf(`{"region": %q, "endpoint": %q, "backend": {"cloud": {"organization": "acme", "hostname": `+
		`%q, "workspaces": %s}}, "buckets": {"ai-dataset": %s}}`,
		l.s3.Region, l.s3.Endpoint, l.hcp.Host, workspaces, bucket)
	l.dir = filepath.Join(apptest.Synth(t, []byte(settings)), "stacks", "ai-dataset")
	if err := tftest.Lighten(filepath.Join(l.dir, "cdk.tf.json")); err != nil {
		t.Fatal(err)
	}
	// Even an empty value conflicts with a workspace's name.
	l.tf.Env = slices.DeleteFunc(l.tf.Env, func(v string) bool { return strings.HasPrefix(v, "TF_WORKSPACE=") })
	l.tf.Env = append(l.tf.Env, append(l.hcp.Env(hcptest.Token), "NO_COLOR=1", reattach+"="+notStarted)...)
	return l
}

// reattach names a provider that runs already.
const reattach = "TF_REATTACH_PROVIDERS"

// notStarted has init leave out the AWS provider: on this machine nothing but
// local execution needs it.
const notStarted = `{"registry.terraform.io/hashicorp/aws": {"Protocol": "grpc", "ProtocolVersion": 5, "Pid": 1, "Test": true,
	"Addr": {"Network": "unix", "String": "/nowhere"}}}`

// keys are the variables for the S3 server, and for a provider that runs with
// them: a run that doesn't get them starts its own, without credentials.
func (l testServer) keys(t *testing.T) map[string]string {
	t.Helper()
	variables := l.s3.Env()
	bare := l.tf
	bare.Env = slices.DeleteFunc(slices.Clone(l.tf.Env), func(v string) bool { return strings.HasPrefix(v, reattach+"=") })
	for _, variable := range bare.With(variables).Share(t).Env {
		if value, ok := strings.CutPrefix(variable, reattach+"="); ok {
			variables[reattach] = value
		}
	}
	return variables
}

// onThisMachine has terraform run here with the keys.
func (l *testServer) onThisMachine(t *testing.T) {
	t.Helper()
	for key, value := range l.keys(t) {
		l.tf.Env = append(l.tf.Env, key+"="+value)
	}
}

func wantIn(t *testing.T, out []byte, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(string(out), part) {
			t.Errorf("there is no %q in:\n%s", part, out)
		}
	}
}

// TestLocalExecution keeps the state on HCP Terraform and runs Terraform on this
// machine: init, plan, apply, an empty second plan.
func TestLocalExecution(t *testing.T) {
	t.Parallel()
	l := newTestServer(t, `{"name": "datalock-{stack}"}`)
	l.hcp.Add(hcptest.Workspace{Name: "datalock-ai-dataset", ExecutionMode: "local"})
	l.onThisMachine(t)
	wantIn(t, l.tf.Run(t, l.dir, "init"), "HCP Terraform has been successfully initialized")
	l.tf.Run(t, l.dir, "plan", "-out=plan")
	l.tf.Run(t, l.dir, "apply", "plan")
	wantIn(t, l.hcp.State("datalock-ai-dataset"), `"aws_s3_bucket_object_lock_configuration"`, `"COMPLIANCE"`)
	wantIn(t, l.tf.Run(t, l.dir, "plan", "-detailed-exitcode"), "No changes")
	if l.hcp.Locked("datalock-ai-dataset") {
		t.Error("the workspace is still locked")
	}
	if _, err := os.Stat(filepath.Join(l.dir, "terraform.tfstate")); err == nil {
		t.Error("a state was written on this machine too")
	}
}

// TestRemoteExecution runs Terraform remotely: a plan can be saved, read as JSON
// for datalock check, and then applied. Only the workspace has credentials.
func TestRemoteExecution(t *testing.T) {
	t.Parallel()
	l := newTestServer(t, `{"name": "datalock-{stack}"}`)
	l.hcp.Add(hcptest.Workspace{Name: "datalock-ai-dataset", ExecutionMode: "remote", Variables: l.keys(t)})
	l.tf.Run(t, l.dir, "init")
	wantIn(t, l.tf.Run(t, l.dir, "plan", "-out=plan"), "Running plan in HCP Terraform",
		"7 to add, 0 to change, 0 to destroy")
	wantIn(t, l.tf.Run(t, l.dir, "show", "-json", "plan"), `"format_version"`,
		`"aws_s3_bucket_object_lock_configuration.object_lock"`)
	wantIn(t, l.tf.Run(t, l.dir, "apply", "plan"), "Apply complete! Resources: 7 added")
	wantIn(t, l.hcp.State("datalock-ai-dataset"), `"COMPLIANCE"`)
	wantIn(t, l.tf.Run(t, l.dir, "output", "bucket_arn"), "arn:aws:s3:::ai-dataset-")
	wantIn(t, l.tf.Run(t, l.dir, "apply", "-auto-approve"), "No changes")
	out, err := l.tf.Try(l.dir, "destroy", "-auto-approve")
	if err == nil || !strings.Contains(string(out), "prevent_destroy") {
		t.Errorf("destroy is not refused by prevent_destroy: %v\n%s", err, out)
	}
	if l.hcp.Locked("datalock-ai-dataset") {
		t.Error("the workspace is still locked")
	}
}

// TestRemoteExecutionNeedsCredentials: a remote run doesn't have the environment
// of this machine.
func TestRemoteExecutionNeedsCredentials(t *testing.T) {
	t.Parallel()
	l := newTestServer(t, `{"name": "datalock-{stack}"}`)
	l.hcp.Add(hcptest.Workspace{Name: "datalock-ai-dataset", ExecutionMode: "remote"})
	l.onThisMachine(t)
	l.tf.Run(t, l.dir, "init")
	out, err := l.tf.Try(l.dir, "plan")
	if err == nil {
		t.Fatal("a remote plan without credentials succeeds")
	}
	wantIn(t, out, "No valid credential sources found")
}

// TestWorkspaceByName: init creates a missing workspace in its project.
func TestWorkspaceByName(t *testing.T) {
	t.Parallel()
	l := newTestServer(t, `{"name": "datalock-{stack}", "project": "Data Lake"}`)
	l.tf.Run(t, l.dir, "init")
	if got := l.hcp.Workspaces(); !slices.Equal(got, []string{"datalock-ai-dataset"}) {
		t.Errorf("the workspaces are %v", got)
	}
}

// TestWorkspaceByTags: without a terminal, init can't ask for a name and creates
// no workspace. It chooses the one with the tags and the stack's name.
func TestWorkspaceByTags(t *testing.T) {
	t.Parallel()
	l := newTestServer(t, `{"tags": ["datalock"]}`)
	l.hcp.Add(hcptest.Workspace{Name: "other", Tags: []string{"datalock", "other-stack"}})
	out, err := l.tf.Try(l.dir, "init")
	if err == nil || len(l.hcp.Workspaces()) != 1 {
		t.Errorf("init without a workspace: %v, and now there are %v\n%s", err, l.hcp.Workspaces(), out)
	}
	l.hcp.Add(hcptest.Workspace{Name: "mine", Tags: []string{"datalock", "ai-dataset"}})
	l.tf.Run(t, l.dir, "init")
	wantIn(t, l.tf.Run(t, l.dir, "workspace", "show"), "mine")
}

// TestWithoutBackend: what CI can do without a token.
func TestWithoutBackend(t *testing.T) {
	t.Parallel()
	l := newTestServer(t, `{"name": "datalock-{stack}"}`)
	l.onThisMachine(t)
	l.tf.Run(t, l.dir, "init", "-backend=false")
	wantIn(t, l.tf.Run(t, l.dir, "validate"), "Success!")
	if got := l.hcp.Requests(); len(got) != 0 {
		t.Errorf("HCP Terraform was asked %v", got)
	}
}
