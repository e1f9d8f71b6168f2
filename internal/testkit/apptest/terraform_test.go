package apptest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/awsprovider"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/tftest"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

// TestOffline gives Terraform what the app declares. No server is needed, so that
// both tests share one provider.
func TestOffline(t *testing.T) {
	t.Parallel()
	tf := tftest.Find(t).Share(t)
	t.Run("validates", func(t *testing.T) { validates(t, tf) })
	t.Run("plans", func(t *testing.T) { plans(t, tf) })
}

// validates runs terraform validate on every snapshot, each as a
// module of one configuration, so that Terraform starts the provider once.
func validates(t *testing.T, tf tftest.Terraform) {
	t.Helper()
	snapshots, err := filepath.Glob(filepath.Join(apptest.Root(), "testdata", "snapshots", "*", "*.tf.json"))
	if err != nil || len(snapshots) == 0 {
		t.Fatalf("find the snapshots: %v, %d files", err, len(snapshots))
	}
	dir, modules, imports := t.TempDir(), map[string]any{}, []any{}
	for number, snapshot := range snapshots {
		text, err := os.ReadFile(snapshot)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("snapshot%d", number)
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		var stack map[string]any
		if err := json.Unmarshal(text, &stack); err != nil {
			t.Fatal(err)
		}
		// Terraform takes import blocks in the root module alone.
		if blocks, has := stack["import"].([]any); has {
			for _, block := range blocks {
				into := block.(map[string]any)
				into["to"] = "module." + name + "." + into["to"].(string)
				imports = append(imports, into)
			}
			delete(stack, "import")
		}
		writeJSON(t, filepath.Join(dir, name, "cdk.tf.json"), stack)
		modules[name] = map[string]any{"source": "./" + name}
		t.Logf("%s is %s", name, snapshot)
	}
	if len(imports) == 0 {
		t.Error("no snapshot imports anything")
	}
	writeJSON(t, filepath.Join(dir, "main.tf.json"), map[string]any{"module": modules, "import": imports})
	tf.Run(t, dir, "init", "-backend=false")
	tf.Run(t, dir, "validate")
	// The twin: a mistake in a module is found, in one alone.
	writeJSON(t, filepath.Join(dir, "main.tf.json"), map[string]any{
		"module": map[string]any{"snapshot0": modules["snapshot0"]},
	})
	broken := filepath.Join(dir, "snapshot0", "broken.tf.json")
	writeJSON(t, broken, map[string]any{
		"resource": map[string]any{"aws_s3_bucket": map[string]any{"b": map[string]any{"bukket": "x"}}},
	})
	if out, err := tf.Try(dir, "validate"); err == nil || !strings.Contains(string(out), "bukket") {
		t.Errorf("a mistake in a snapshot isn't found: %v\n%s", err, out)
	}
}

func writeJSON(t *testing.T, path string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// plans plans the project's settings. The plan must send no request to
// the loopback server that replaces AWS.
func plans(t *testing.T, tf tftest.Terraform) {
	t.Helper()
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
	if err := awsprovider.WithoutEndpoints(filepath.Join(dir, "cdk.tf.json")); err != nil {
		t.Fatal(err)
	}
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
