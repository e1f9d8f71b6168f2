package slimcache_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
// of the examples that have an endpoint, or workspaces by name; TestReadOnlyHome
// and TestHandedDown, which start jsii the stock way too, do so for the others:
// each such run takes seconds. At the same time they would wait for each other's
// locks at full load.
func TestSameBytesAsStock(t *testing.T) {
	home, _ := warm(t)
	for group, way := range map[string]stock{
		"cloud by name": {
			"JSII_RUNTIME_PACKAGE_CACHE_ROOT=" + stockRoot(t),
			"slimcache: JSII_RUNTIME_PACKAGE_CACHE_ROOT is set; jsii starts without the slim cache",
		},
		"endpoint": {
			"JSII_RUNTIME_PACKAGE_CACHE=enabled",
			"slimcache: JSII_RUNTIME_PACKAGE_CACHE is set; jsii starts without the slim cache",
		},
	} {
		t.Run(group, func(t *testing.T) { sameAsStock(t, home, examples(t, group), way) })
	}
}

// A stock run is one in which the user has set a variable that leaves jsii as it
// is, and is told what that costs.
type stock struct{ variable, says string }

type tree = map[string]any

// examples returns the buckets of all examples of a kind.
func examples(t *testing.T, group string) json.RawMessage {
	t.Helper()
	settings := joined(t)
	if settings[group] == nil {
		t.Fatalf("no example is of the kind %q; there are %v", group, slices.Sorted(maps.Keys(settings)))
	}
	return settings[group]
}

// slim returns the output of settings with the slim cache.
func slim(t *testing.T, home string, settings json.RawMessage) map[string]string {
	t.Helper()
	r := newRun(t, home)
	apptest.Project(t, r.dir, settings)
	stderr, files := r.do(t)
	mustBeSlim(t, stderr, home)
	return files
}

// joined returns the buckets of all examples in few settings: one for each class
// of backend, and one with an endpoint.
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
			buckets[stack+"-"+name] = renamed(t, bucket.(tree), "-"+name)
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
	return all
}

// renamed appends a suffix to the bucket's name, in the ARNs of the owner's
// statements too.
func renamed(t *testing.T, bucket tree, suffix string) tree {
	t.Helper()
	name, named := bucket["name"].(string)
	if !named {
		return bucket
	}
	text, err := json.Marshal(bucket)
	if err != nil {
		t.Fatal(err)
	}
	var other tree
	if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(":::"+name), []byte(":::"+name+suffix)), &other); err != nil {
		t.Fatal(err)
	}
	other["name"] = name + suffix
	return other
}

func groupOf(example tree) string {
	backend, _ := example["backend"].(tree)
	cloud, ok := backend["cloud"].(tree)
	switch {
	case example["endpoint"] != nil:
		return "endpoint"
	case ok && cloud["workspaces"].(tree)["tags"] != nil:
		return "cloud by tags"
	case ok:
		return "cloud by name"
	}
	return "AWS"
}

func sameAsStock(t *testing.T, home string, settings json.RawMessage, way stock) {
	t.Helper()
	got := slim(t, home, settings)
	own := t.TempDir()
	link(t, stockRoot(t), filepath.Join(own, ".cache", "aws", "jsii", "package-cache"))
	alone := newRun(t, own, way.variable)
	apptest.Project(t, alone.dir, settings)
	stderr, want := alone.do(t)
	if said := complaint(stderr); said != way.says {
		t.Errorf("it said %q, want %q", said, way.says)
	}
	if caches := slimCaches(t, own); len(caches) != 0 {
		t.Errorf("it made %q", caches)
	}
	mustEqual(t, got, want)
}
