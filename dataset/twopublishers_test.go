package dataset_test

import (
	"fmt"
	"sync"
	"testing"

	"datalock/dataset"
)

// TestTwoPublishers: two runs for the same folder at the same time make one dataset.
func TestTwoPublishers(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	for i := range 4 {
		dir, prefix := t.TempDir(), fmt.Sprintf("set%d", i)
		write(t, dir, mixed)
		roots, errs := make([]string, 2), make([]error, 2)
		var both sync.WaitGroup
		for n := range 2 {
			both.Go(func() {
				p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/"+prefix), dataset.PublishOptions{})
				roots[n], errs[n] = p.RootDigest, err
			})
		}
		both.Wait()
		// One may have to run again, if the other ended its upload.
		p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/"+prefix), dataset.PublishOptions{})
		must(t, err)
		l.whole(t, "data", prefix, p.RootDigest)
		for n, err := range errs {
			if err == nil && roots[n] != p.RootDigest {
				t.Errorf("the root digest is %s, and one run said %s", p.RootDigest, roots[n])
			}
		}
		if errs[0] != nil && errs[1] != nil {
			t.Errorf("neither run published: %v", errs)
		}
	}
}
