package stack_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"datalock/internal/stack"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
)

// jsii makes a temporary folder before main; closing it removes the folder.
func TestMain(m *testing.M) {
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
