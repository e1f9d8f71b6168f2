package stack_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"datalock/internal/stack"
	"datalock/settings"
	"datalock/slimcache"

	"github.com/aws/jsii-runtime-go"
)

// jsii makes a temporary folder before main; closing it removes the folder. The
// slim cache makes its kernel start as the app's does, in a fraction of the time.
func TestMain(m *testing.M) {
	slimcache.Use()
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// TestSynthRefusesLargePolicies checks that all policies that are too large for
// AWS are reported at once, before the output folder is created.
func TestSynthRefusesLargePolicies(t *testing.T) {
	large := settings.DefaultBucket()
	for i := range 300 {
		large.Guardians = append(large.Guardians, fmt.Sprintf("arn:aws:iam::012345678901:role/guardian-%d", i))
	}
	s := settings.Settings{Region: "us-east-1", Account: "012345678901", Buckets: map[string]settings.Bucket{
		"a": large, "b": settings.DefaultBucket(), "c": large,
	}}
	if err := s.Validate().Err(); err != nil {
		t.Fatalf("the settings break another rule: %v", err)
	}
	outdir := filepath.Join(t.TempDir(), "cdktf.out")
	var mistakes settings.Mistakes
	if err := stack.Synth(s, nil, outdir); !errors.As(err, &mistakes) {
		t.Fatalf("Synth says %v, want mistakes", err)
	}
	if len(mistakes) != 2 || mistakes[0].Path != "buckets.a.guardians" || mistakes[1].Path != "buckets.c.guardians" {
		t.Errorf("the mistakes are %v, want one of the bucket a and one of c", mistakes)
	}
	if _, err := os.Stat(outdir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the output folder exists (%v), want nothing written", err)
	}
}

// TestRequiredTerraform: a stack requires the Terraform that knows the arguments of
// its backend, and has use_lockfile, which older ones refuse, only if it is used.
func TestRequiredTerraform(t *testing.T) {
	onS3 := func(endpoint string, lockfile bool) settings.Backend {
		return settings.Backend{S3: &settings.S3Backend{
			Bucket: "acme-states", Key: settings.DefaultS3Key, Endpoint: endpoint, UseLockfile: lockfile,
		}}
	}
	inCloud := func(project string) settings.Backend {
		return settings.Backend{Cloud: &settings.CloudBackend{
			Organization: "acme", Workspaces: settings.Workspaces{Name: settings.DefaultWorkspaceName, Project: project},
		}}
	}
	for name, c := range map[string]struct {
		backend  settings.Backend
		required string
		lockfile any
	}{
		"s3 without a lock file":     {onS3("", false), ">= 1.5.0", nil},
		"endpoint":                   {onS3("https://127.0.0.1:9000", true), ">= 1.10.0", true},
		"endpoint without lock file": {onS3("https://127.0.0.1:9000", false), ">= 1.6.1", nil},
		"cloud with a project":       {inCloud("data"), ">= 1.6.0", nil},
	} {
		s := settings.Settings{
			Region: "us-east-1", Backend: c.backend, Buckets: map[string]settings.Bucket{"a": settings.DefaultBucket()},
		}
		outdir := filepath.Join(t.TempDir(), "cdktf.out")
		if err := errors.Join(s.Validate().Err(), stack.Synth(s, nil, outdir)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text, err := os.ReadFile(filepath.Join(outdir, "stacks", "a", "cdk.tf.json"))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Terraform struct {
				Required string `json:"required_version"`
				Backend  map[string]map[string]any
			}
		}
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		if got := file.Terraform; got.Required != c.required || got.Backend["s3"]["use_lockfile"] != c.lockfile {
			t.Errorf("%s: it requires Terraform %s, with use_lockfile %v; want %s, %v",
				name, got.Required, got.Backend["s3"]["use_lockfile"], c.required, c.lockfile)
		}
	}
}
