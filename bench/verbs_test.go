package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestLargePlan(t *testing.T) {
	to := filepath.Join(t.TempDir(), "plan.json")
	if err := writeLargePlan(filepath.Join("..", "internal", "check", "testdata", "plans", "no-change.json"),
		to); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	var plan struct {
		Changes []struct{ Address string } `json:"resource_changes"`
	}
	if err := json.Unmarshal(text, &plan); err != nil || len(plan.Changes) != largePlanResources {
		t.Fatalf("%d changes, %v", len(plan.Changes), err)
	}
	seen := map[string]bool{}
	for _, change := range plan.Changes {
		seen[change.Address] = true
	}
	if len(seen) != largePlanResources {
		t.Errorf("%d addresses for %d resources", len(seen), largePlanResources)
	}
}

func TestApplyTook(t *testing.T) {
	const said = "  init        terraform 1.11.4, hashicorp/aws 5.100.0 (0.9 s)\n  apply       8 resources created, " +
		"bucket a-1 (65.3 s)\n  plan        no changes (7.8 s)\n"
	if got := applyTook.FindStringSubmatch(said); got == nil || got[1] != "65.3" {
		t.Errorf("found %q", got)
	}
}
