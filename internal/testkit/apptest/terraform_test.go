package apptest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/tftest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	apptest.Cleanup()
	os.Exit(code)
}

// TestTerraformValidates runs terraform validate on every snapshot.
func TestTerraformValidates(t *testing.T) {
	tf := tftest.Find(t)
	snapshots, err := filepath.Glob(filepath.Join(apptest.Root(), "testdata", "snapshots", "*", "*.tf.json"))
	if err != nil || len(snapshots) == 0 {
		t.Fatalf("find the snapshots: %v, %d files", err, len(snapshots))
	}
	for _, snapshot := range snapshots {
		t.Run(strings.TrimPrefix(snapshot, filepath.Join(apptest.Root(), "testdata")), func(t *testing.T) {
			text, err := os.ReadFile(snapshot)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			tf.Run(t, dir, "init", "-backend=false")
			tf.Run(t, dir, "validate")
		})
	}
}

// TestPlanOffline plans the project's settings. The plan must send no request to
// the loopback server that replaces AWS.
func TestPlanOffline(t *testing.T) {
	tf := tftest.Find(t)
	var settings map[string]any
	if err := json.Unmarshal(apptest.Shipped(t), &settings); err != nil {
		t.Fatal(err)
	}
	settings["endpoint"] = "https://127.0.0.1:1"
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(apptest.Synth(t, text), "stacks", "ai-dataset")
	tf.Run(t, dir, "init")
	tf.Run(t, dir, "plan", "-out=plan")
	var plan struct {
		ResourceChanges []struct {
			Address string
			Change  struct {
				Actions []string
				After   map[string]any
			}
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal(tf.Run(t, dir, "show", "-json", "plan"), &plan); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]any{}
	for _, change := range plan.ResourceChanges {
		if strings.Join(change.Change.Actions, " ") != "create" {
			t.Errorf("%s is planned to %v, want create", change.Address, change.Change.Actions)
		}
		found[change.Address] = change.Change.After
	}
	lock, _ := json.Marshal(found["aws_s3_bucket_object_lock_configuration.object_lock"]["rule"])
	if want := `[{"default_retention":[{"days":90,"mode":"COMPLIANCE","years":null}]}]`; string(lock) != want {
		t.Errorf("the planned rule is %s, want %s", lock, want)
	}
	if found["aws_s3_bucket.bucket"]["object_lock_enabled"] != true {
		t.Errorf("the planned bucket is %v, want Object Lock enabled", found["aws_s3_bucket.bucket"])
	}
}
