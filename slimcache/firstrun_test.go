package slimcache_test

import (
	"sync"
	"testing"
	"time"
)

// TestFirstRunsAtTheSameTime starts three runs where there is no cache.
func TestFirstRunsAtTheSameTime(t *testing.T) {
	t.Parallel()
	_, want := warm(t)
	home := t.TempDir()
	runs := []*run{newRun(t, home), newRun(t, home), newRun(t, home)}
	var group sync.WaitGroup
	for _, r := range runs {
		group.Go(func() {
			stderr, files := r.do(t)
			if said := complaint(stderr); said != "" {
				t.Errorf("the slim cache stepped aside: %s", said)
			}
			mustEqual(t, files, want)
		})
	}
	group.Wait()
	mustBeSlim(t, "", home)
}

// TestKilledFirstRun ends runs while they make the cache; the next one works.
func TestKilledFirstRun(t *testing.T) {
	t.Parallel()
	_, want := warm(t)
	home := t.TempDir()
	for _, after := range []time.Duration{200, 500, 800} {
		cmd := newRun(t, home).command()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	left := slimCaches(t, home)
	if len(left) == 0 {
		t.Fatal("no run was killed at its work")
	}
	stderr, files := newRun(t, home).do(t)
	if said := complaint(stderr); said != "" {
		t.Errorf("the slim cache stepped aside: %s", said)
	}
	mustEqual(t, files, want)
}
