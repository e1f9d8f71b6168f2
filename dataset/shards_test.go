package dataset_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"
)

// TestShardOfAnotherRun: a run that stopped after its shard doesn't keep the next one
// from publishing more files, or with a longer lock.
func TestShardOfAnotherRun(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	for name, o := range map[string]dataset.PublishOptions{"same": {}, "longer": {Days: 30}} {
		dir := t.TempDir()
		write(t, dir, map[string]int{"f": 10, "g/h": 20})
		proxy := s3proxy.Start(t, l.Endpoint)
		proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifest.json") {
				return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
			}
			return s3proxy.Fault{}
		})
		client, location := l.as(proxy.URL, l.AccessKey, l.SecretKey), at(t, "s3://data/"+name)
		if _, err := dataset.Publish(t.Context(), client, dir, location, dataset.PublishOptions{}); err == nil {
			t.Fatal("the first run ends well")
		}
		nothingPublished(t, l, "s3://data/"+name)
		must(t, os.WriteFile(filepath.Join(dir, "more"), []byte("more"), 0o644))
		p, err := dataset.Publish(t.Context(), l.Client, dir, location, o)
		if err != nil || p.Files != 3 || p.Kept != 2 {
			t.Fatalf("%s: %+v, %v", name, p, err)
		}
		l.whole(t, "data", name, p.RootDigest)
		again, err := dataset.Publish(t.Context(), l.Client, dir, location, o)
		if err != nil || again.RootDigest != p.RootDigest {
			t.Errorf("%s, again: %+v, %v", name, again, err)
		}
		_, err = dataset.Renew(t.Context(), l.Client, location, dataset.RenewOptions{Days: 40})
		must(t, err)
		l.whole(t, "data", name, p.RootDigest)
	}
}
