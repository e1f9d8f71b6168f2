package slimcache_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

// stockRoot is jsii's own cache on this machine, which spares the stock runs
// here the time to make one.
func stockRoot(t *testing.T) string {
	t.Helper()
	base, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(base, "aws", "jsii", "package-cache")
}

// TestSameBytesAsStock compares the Terraform JSON of both ways for the buckets
// of every example there is.
func TestSameBytesAsStock(t *testing.T) {
	home, _ := warm(t)
	for name, settings := range joined(t) {
		t.Run(name, func(t *testing.T) { sameAsStock(t, home, settings) })
	}
}

type tree = map[string]any

// joined returns the buckets of all examples in few settings, because each
// stock run takes seconds: one for each kind of backend and of endpoint.
func joined(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	groups := map[string]tree{}
	examples := apptest.ExampleSettings(t)
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		var example tree
		if err := json.Unmarshal(examples[name], &example); err != nil {
			t.Fatal(err)
		}
		group := groupOf(example)
		if groups[group] == nil {
			groups[group] = tree{"buckets": tree{}}
		}
		buckets := groups[group]["buckets"].(tree)
		for stack, bucket := range example["buckets"].(tree) {
			if bucketName, ok := bucket.(tree)["name"].(string); ok {
				bucket.(tree)["name"] = bucketName + "-" + name
			}
			buckets[stack+"-"+name] = bucket
		}
		delete(example, "buckets")
		maps.Copy(groups[group], example)
	}
	all := map[string]json.RawMessage{}
	for group, settings := range groups {
		text, err := json.Marshal(settings)
		if err != nil {
			t.Fatal(err)
		}
		all[group] = text
	}
	if len(all) < 4 {
		t.Errorf("the examples are of %d kinds, want 4: AWS, endpoint, and HCP Terraform by name and by tags", len(all))
	}
	return all
}

func groupOf(example tree) string {
	backend, _ := example["backend"].(tree)
	if cloud, ok := backend["cloud"].(tree); ok {
		return "cloud by " + strings.Join(slices.Sorted(maps.Keys(cloud["workspaces"].(tree))), ", ")
	}
	if example["endpoint"] != nil {
		return "endpoint"
	}
	return "AWS"
}

func sameAsStock(t *testing.T, home string, settings json.RawMessage) {
	t.Helper()
	slim := newRun(t, home)
	apptest.Project(t, slim.dir, settings)
	stderr, got := slim.do(t)
	mustBeSlim(t, stderr, home)

	stock := newRun(t, t.TempDir(), "DATALOCK_JSII=stock", "JSII_RUNTIME_PACKAGE_CACHE_ROOT="+stockRoot(t))
	apptest.Project(t, stock.dir, settings)
	stderr, want := stock.do(t)
	if said := complaint(stderr); said != "" {
		t.Errorf("switched off, it said: %s", said)
	}
	if caches := slimCaches(t, stock.home); len(caches) != 0 {
		t.Errorf("switched off, it made %q", caches)
	}
	mustEqual(t, got, want)
}
