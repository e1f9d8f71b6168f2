package slimcache_test

import (
	"encoding/json"
	"os"
	"path/filepath"
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

// TestSameBytesAsStock compares the Terraform JSON of both ways for every
// example there is.
func TestSameBytesAsStock(t *testing.T) {
	home, _ := warm(t)
	for name, settings := range apptest.ExampleSettings(t) {
		t.Run(name, func(t *testing.T) { sameAsStock(t, home, settings) })
	}
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
