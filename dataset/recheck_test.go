package dataset_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// before returns a client that calls a function once, before the first request to
// create a key.
func (l testServer) before(t *testing.T, key string, do func()) *s3.Client {
	t.Helper()
	proxy := s3proxy.Start(t, l.Endpoint)
	done := false
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if done || r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, key) {
			return s3proxy.Fault{}
		}
		done = true
		return s3proxy.Fault{Hook: do}
	})
	t.Cleanup(func() {
		if !done {
			t.Errorf("nothing created %s", key)
		}
	})
	return l.as(proxy.URL, l.AccessKey, l.SecretKey)
}

// TestOtherWriters: what another writer does after all files are sent stops the run
// before its manifest, with the key.
func TestOtherWriters(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", governance, 1)
	key, _ := newKey(t)
	for i, c := range []struct {
		does func(prefix string)
		want []string
	}{
		{func(p string) { l.put(t, p+"/extra", "x", nil) }, []string{"/extra: appeared, and isn't a file of the dataset"}},
		{func(p string) { l.put(t, p+"/f", "x", nil) }, []string{"/f: has another version, "}},
		{func(p string) { l.hide(t, p+"/f") }, []string{"/f: has a delete marker, "}},
		{func(p string) { l.hide(t, p+"/absent") }, []string{"/absent: appeared, and isn't a file of the dataset"}},
		{func(p string) { l.remove(t, p+"/f") }, []string{"/f: version ", " isn't there any more"}},
		{func(p string) { l.hide(t, ".datalock/"+p+"/entries-00000.jsonl") }, []string{"/entries-00000.jsonl: has a delete"}},
		{func(p string) { l.put(t, ".datalock/"+p+"/entries-00000.jsonl", "x", nil) }, []string{"jsonl: has another version"}},
		{
			func(p string) { l.put(t, ".datalock/"+p+"/renewals/20261126T010528.117Z.json", "x", nil) },
			[]string{"is the record of a renewal, but there is no manifest"},
		},
		{func(p string) { l.put(t, ".datalock/top/manifest.json", "x", nil) }, []string{"is inside the dataset s3://data/top"}},
		{func(p string) {
			l.published(t, "s3://data/"+p+"/sub", dataset.PublishOptions{})
		}, []string{"contains the dataset s3://data/top/9/sub", "/sub/a.txt: appeared"}},
		{func(p string) {
			for n := range 105 {
				l.put(t, fmt.Sprintf("%s/extra-%03d", p, n), "x", nil)
			}
		}, []string{"extra-000: appeared", "extra-099: appeared", "\n  and 5 more"}},
	} {
		prefix := fmt.Sprintf("top/%d", i)
		dir := t.TempDir()
		write(t, dir, map[string]int{"f": 10, "g/h": 20})
		client := l.before(t, "/manifest.sigstore.json", func() { c.does(prefix) })
		location := at(t, "s3://data/"+prefix)
		_, err := dataset.Publish(t.Context(), client, dir, location, dataset.PublishOptions{Key: key})
		var m *dataset.Mistakes
		if err == nil || errors.As(err, &m) {
			t.Errorf("%v: the error is %v", c.want, err)
			continue
		}
		for _, want := range append(c.want, "s3://data/"+prefix, "and no manifest was written") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v, want %q", err, want)
			}
		}
		nothingPublished(t, l, "s3://data/"+prefix)
		if prefix == "top/8" {
			l.remove(t, ".datalock/top/manifest.json")
		}
	}
	// Without what the other writer added, the next run succeeds.
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 10})
	hidden := l.before(t, "/entries-00000.jsonl", func() { l.hide(t, "again/f") })
	_, err := dataset.Publish(t.Context(), hidden, dir, at(t, "s3://data/again"), dataset.PublishOptions{})
	if err == nil {
		t.Fatal("a hidden file is published")
	}
	l.remove(t, "again/f")
	p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/again"), dataset.PublishOptions{})
	must(t, err)
	l.whole(t, "data", "again", p.RootDigest)
}

// remove removes the newest version or delete marker of a key for good.
func (l testServer) remove(t *testing.T, key string) {
	t.Helper()
	out, err := l.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: aws.String("data"), Prefix: &key})
	must(t, err)
	var id *string
	for _, v := range out.Versions {
		if *v.Key == key && *v.IsLatest {
			id = v.VersionId
		}
	}
	for _, m := range out.DeleteMarkers {
		if *m.Key == key && *m.IsLatest {
			id = m.VersionId
		}
	}
	_, err = l.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: aws.String("data"), Key: &key, VersionId: id, BypassGovernanceRetention: aws.Bool(true),
	})
	must(t, err)
}
