package hcptest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalock/internal/preflight"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/hcptest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/tftest"

	"github.com/aws/aws-sdk-go-v2/credentials"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// migration is a stack whose state moves. Its resource is built into Terraform,
// because any state moves in the same way.
type migration struct {
	tf  tftest.Terraform
	hcp *hcptest.Server
	dir string
}

func newMigration(t *testing.T) migration {
	t.Helper()
	tf := tftest.Find(t)
	m := migration{tf: tf, hcp: hcptest.Start(t, tf), dir: t.TempDir()}
	m.hcp.Add(hcptest.Workspace{Name: "data", ExecutionMode: "local"})
	m.tf.Env = slices.DeleteFunc(m.tf.Env, func(v string) bool {
		return strings.HasPrefix(v, "TF_WORKSPACE=") || strings.HasPrefix(v, "TF_INPUT=") ||
			strings.HasPrefix(v, "TF_IN_AUTOMATION=")
	})
	m.tf.Env = append(m.tf.Env, append(m.hcp.Env(hcptest.Token), "NO_COLOR=1")...)
	return m
}

// backend declares the stack with a backend.
func (m migration) backend(t *testing.T, backend string) {
	t.Helper()
	text := `{"terraform": {` + backend + `}, "resource": {"terraform_data": {"bucket": {}}}}`
	if err := os.WriteFile(filepath.Join(m.dir, "cdk.tf.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (m migration) answer(answers string, args ...string) ([]byte, error) {
	cmd := exec.Command(m.tf.Path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = m.dir, m.tf.Env, strings.NewReader(answers)
	return cmd.CombinedOutput()
}

// deployedLocally returns a migration whose stack was applied with a local
// state, and the backends local and cloud.
func deployedLocally(t *testing.T) (m migration, local, cloud string) {
	t.Helper()
	m = newMigration(t)
	local = `"backend": {"local": {"path": "../local.tfstate"}}`
	cloud = `"cloud": {"organization": "acme", "hostname": "` + m.hcp.Host + `", "workspaces": {"name": "data"}}`
	m.backend(t, local)
	m.run(t, "", "init")
	m.run(t, "", "apply", "-auto-approve")
	return m, local, cloud
}

func (m migration) run(t *testing.T, answers string, args ...string) []byte {
	t.Helper()
	out, err := m.answer(answers, args...)
	if err != nil {
		t.Fatalf("terraform %v: %v\n%s", args, err, out)
	}
	return out
}

// wantRefused runs a command that Terraform refuses with an error that preflight
// explains.
func (m migration) wantRefused(t *testing.T, want, explained string, args ...string) {
	t.Helper()
	out, err := m.answer("", args...)
	text := regexp.MustCompile(`\x1b\[[0-9;]*m|[│╷╵]|\s+`).ReplaceAllString(string(out), " ")
	text = strings.Join(strings.Fields(text), " ")
	if err == nil || !strings.Contains(text, want) {
		t.Errorf("terraform %v: %v, want %q:\n%s", args, err, want, out)
	}
	if finding, known := preflight.Explain("data", out); !known || !strings.Contains(finding.Fix, explained) {
		t.Errorf("it is explained as %v, want %q, of\n%s", finding, explained, out)
	}
}

// TestMoveToCloud does what docs/changes.md says, and what it warns about.
func TestMoveToCloud(t *testing.T) {
	t.Parallel()
	m, _, cloud := deployedLocally(t)
	m.backend(t, cloud)
	const fix = "echo yes | terraform init"
	m.wantRefused(t, "initialization required", fix, "plan")
	m.wantRefused(t, "not applicable when using HCP Terraform", fix, "init", "-migrate-state")
	m.wantRefused(t, "not applicable when using HCP Terraform", fix, "init", "-force-copy")
	m.wantRefused(t, "Can't ask approval for state migration", fix, "init", "-input=false")
	m.run(t, "yes\n", "init")
	wantIn(t, m.run(t, "", "plan", "-detailed-exitcode"), "No changes")
	wantIn(t, m.hcp.State("data"), "terraform_data")
}

// TestMoveToCloudLeftBehind: after a move that leaves the state behind, the plan
// creates a second bucket.
func TestMoveToCloudLeftBehind(t *testing.T) {
	t.Parallel()
	m, _, cloud := deployedLocally(t)
	m.backend(t, cloud)
	m.run(t, "no\n", "init")
	wantIn(t, m.run(t, "", "plan"), "1 to add, 0 to change, 0 to destroy")
	// A second init doesn't ask again: it needs the record of the old backend,
	// which is in .terraform.
	m.run(t, "yes\n", "init")
	wantIn(t, m.run(t, "", "plan"), "1 to add, 0 to change, 0 to destroy")
	m.run(t, "", "state", "push", "../local.tfstate")
	wantIn(t, m.run(t, "", "plan", "-detailed-exitcode"), "No changes")
}

// TestMoveFromCloud does what docs/changes.md says.
func TestMoveFromCloud(t *testing.T) {
	t.Parallel()
	m, local, cloud := deployedLocally(t)
	m.backend(t, cloud)
	m.run(t, "yes\n", "init")
	moved := filepath.Join(m.dir, "..", "local.tfstate")
	if err := os.Remove(moved); err != nil {
		t.Fatal(err)
	}
	pulled := m.run(t, "", "state", "pull")
	m.backend(t, local)
	const fix = "terraform state pull"
	m.wantRefused(t, "Backend initialization required", fix, "plan")
	m.wantRefused(t, "not applicable when using HCP Terraform", fix, "init", "-migrate-state")
	m.wantRefused(t, "not yet implemented", fix, "init")
	if err := os.WriteFile(moved, pulled, 0o600); err != nil {
		t.Fatal(err)
	}
	m.run(t, "", "init", "-input=false", "-reconfigure")
	wantIn(t, m.run(t, "", "plan", "-detailed-exitcode"), "No changes")
}

// TestMoveFromCloudLeftBehind: -reconfigure without the state.
func TestMoveFromCloudLeftBehind(t *testing.T) {
	t.Parallel()
	m, local, cloud := deployedLocally(t)
	m.backend(t, cloud)
	m.run(t, "yes\n", "init")
	if err := os.Remove(filepath.Join(m.dir, "..", "local.tfstate")); err != nil {
		t.Fatal(err)
	}
	m.backend(t, local)
	m.run(t, "", "init", "-reconfigure")
	wantIn(t, m.run(t, "", "plan"), "1 to add, 0 to change, 0 to destroy")
}

// TestMoveToS3 copies a local state to S3 without a prompt, and from there to
// another key.
func TestMoveToS3(t *testing.T) {
	t.Parallel()
	m, _, _ := deployedLocally(t)
	s3 := s3test.Start(t)
	m.tf.Env = append(m.tf.Env, "AWS_ACCESS_KEY_ID="+s3.AccessKey, "AWS_SECRET_ACCESS_KEY="+s3.SecretKey)
	client := s3sdk.New(s3sdk.Options{Region: s3.Region, BaseEndpoint: &s3.Endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(s3.AccessKey, s3.SecretKey, "")})
	bucket := "states"
	if _, err := client.CreateBucket(t.Context(), &s3sdk.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	versioned := &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}
	if _, err := client.PutBucketVersioning(t.Context(), &s3sdk.PutBucketVersioningInput{
		Bucket:                  &bucket,
		VersioningConfiguration: versioned,
	}); err != nil {
		t.Fatal(err)
	}
	m.backend(t, `"backend": {"s3": {"bucket": "states", "key": "datalock/data.tfstate", "region": "`+s3.Region+
		`", "use_path_style": true,
		"use_lockfile": true, "encrypt": true, "endpoints": {"s3": "`+s3.Endpoint+`"}, "skip_credentials_validation": true,
		"skip_metadata_api_check": true, "skip_region_validation": true, "skip_requesting_account_id": true}}`)
	m.wantRefused(t, "Backend initialization required", "terraform init -migrate-state -force-copy", "plan")
	m.run(t, "", "init", "-input=false", "-migrate-state", "-force-copy")
	wantIn(t, m.run(t, "", "plan", "-detailed-exitcode"), "No changes")
	lockFiles := func() int {
		prefix := "datalock/data.tfstate.tflock"
		all, err := client.ListObjectVersions(t.Context(), &s3sdk.ListObjectVersionsInput{Bucket: &bucket, Prefix: &prefix})
		if err != nil {
			t.Fatal(err)
		}
		return len(all.Versions) + len(all.DeleteMarkers)
	}
	before := lockFiles()
	m.run(t, "", "plan")
	if after := lockFiles(); after != before+2 {
		t.Errorf("a plan leaves %d versions and delete markers of the lock file, want 2", after-before)
	}
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "docs", "delivery.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rule, _ := strings.Cut(string(text), "write `lifecycle.json`:\n\n```json\n")
	rule, _, _ = strings.Cut(rule, "```")
	var lifecycle types.BucketLifecycleConfiguration
	if err := json.Unmarshal([]byte(rule), &lifecycle); err != nil || len(lifecycle.Rules) != 1 {
		t.Fatalf("read the lifecycle of the docs: %v\n%s", err, rule)
	}
	if _, err := client.PutBucketLifecycleConfiguration(t.Context(), &s3sdk.PutBucketLifecycleConfigurationInput{
		Bucket:                 &bucket,
		LifecycleConfiguration: &lifecycle,
	}); err != nil {
		t.Errorf("the lifecycle of the docs: %v", err)
	}
}
