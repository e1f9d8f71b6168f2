package dataset_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/dataset/signing"
	"datalock/internal/testkit/s3proxy"
)

// uncommitted publishes, and stops before the manifest. It returns the folder.
func (l testServer) uncommitted(t *testing.T, location string, o dataset.PublishOptions) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]int{"a": 10, "b": 20})
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifest.json") {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	_, err := dataset.Publish(t.Context(), l.as(proxy.URL, l.AccessKey, l.SecretKey), dir, at(t, location), o)
	if err == nil {
		t.Fatal("the first run ends well")
	}
	nothingPublished(t, l, location)
	return dir
}

// beside are the names of what lies beside the manifest of a prefix, sorted.
func (l testServer) beside(t *testing.T, prefix string) []string {
	t.Helper()
	below := ".datalock/" + prefix + "/"
	var all []string
	for key, versions := range l.versions(t, "data", below) {
		if len(versions) != 1 {
			t.Errorf("%s has %d versions", key, len(versions))
		}
		all = append(all, strings.TrimPrefix(key, below))
	}
	slices.Sort(all)
	return all
}

var described = &dataset.Croissant{License: "CC-BY-4.0", Creator: "Acme"}

// TestUncommitted: a run that was interrupted right before its manifest has published
// nothing. So the next one may have more files and longer locks, and what the first
// wrote beside its manifest isn't part of the dataset.
func TestUncommitted(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	o := dataset.PublishOptions{Key: key, Croissant: described}
	dir := l.uncommitted(t, "s3://data/set", o)
	before := l.beside(t, "set")
	must(t, os.WriteFile(filepath.Join(dir, "more"), []byte("more"), 0o644))
	o.Days = 30
	p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o)
	must(t, err)
	short := p.RootDigest[:16]
	want := append(before, "manifest.json", "croissant-"+short+".json", "manifest-"+short+".sigstore.json")
	want = append(want, slices.DeleteFunc(l.beside(t, "set"), func(name string) bool {
		return !strings.HasPrefix(name, "entries-00000-")
	})...)
	slices.Sort(want)
	if got := l.beside(t, "set"); !slices.Equal(got, want) || len(got) != 7 {
		t.Errorf("there are %v, not %v", got, want)
	}
	for _, key := range []dataset.VerifyOptions{{Key: key}, {}} {
		if v := l.verify(t, "s3://data/set", key); !v.Clean() {
			t.Error(names(v))
		}
	}
	stranger, _ := newKey(t)
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Key: stranger}); found(v) != "signature-wrong" {
		t.Errorf("with another key: %s", names(v))
	}
	l.copied(t, dir, key, p)
	again, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o)
	if err != nil || !again.Before || !again.Signed || !slices.Equal(l.beside(t, "set"), want) {
		t.Errorf("a third run: %+v, %v, %v", again, err, l.beside(t, "set"))
	}
	// A renewal leaves those of the first run as they are too.
	first := l.endsUnder(t, "set")
	r := l.renew(t, dataset.RenewOptions{Days: 100})
	for key, until := range l.endsUnder(t, "set") {
		left := slices.Contains(
			[]string{"manifest.sigstore.json", "croissant.json", "entries-00000.jsonl"},
			filepath.Base(key),
		)
		if left && !until.Equal(first[key]) || !left && until.Before(r.Until) {
			t.Errorf("%s is locked until %s", key, until)
		}
	}
}

// copied verifies a local copy with what lies beside the manifest.
func (l testServer) copied(t *testing.T, dir string, key *signing.Key, p dataset.Published) {
	t.Helper()
	copied := t.TempDir()
	for _, name := range l.beside(t, p.Prefix) {
		must(t, os.WriteFile(filepath.Join(copied, name), l.get(t, ".datalock/"+p.Prefix+"/"+name), 0o644))
	}
	path, o := filepath.Join(copied, "manifest.json"), dataset.VerifyOptions{Key: key, Root: p.RootDigest}
	v, err := dataset.VerifyLocal(t.Context(), dir, path, o)
	if err != nil || !v.Clean() || !v.SignatureChecked {
		t.Errorf("%v\n%s", err, names(v))
	}
	must(t, os.Remove(filepath.Join(copied, "manifest-"+p.RootDigest[:16]+".sigstore.json")))
	v, err = dataset.VerifyLocal(t.Context(), dir, path, o)
	if err != nil || found(v) != "signature-wrong" || !strings.Contains(names(v), "it signs another manifest") {
		t.Errorf("without its signature: %v\n%s", err, names(v))
	}
}

// TestUncommittedSignature: the signature of an interrupted run isn't that of what the
// next run publishes without a key. It can be signed later.
func TestUncommittedSignature(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	dir := l.uncommitted(t, "s3://data/set", dataset.PublishOptions{Key: key})
	signed := func(want bool) {
		t.Helper()
		all, err := dataset.List(t.Context(), l.Client, "data")
		if err != nil || len(all) != 1 || all[0].Signed != want || all[0].Problem != "" {
			t.Errorf("%+v, %v", all, err)
		}
	}
	publish := func(o dataset.PublishOptions) {
		t.Helper()
		_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o)
		must(t, err)
	}
	publish(dataset.PublishOptions{Days: 30})
	signed(false)
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{}); !v.Clean() {
		t.Error(names(v))
	}
	v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Key: key})
	if found(v) != "signature-wrong" || !strings.Contains(names(v), "it signs another manifest") {
		t.Error(names(v))
	}
	publish(dataset.PublishOptions{Key: key})
	signed(true)
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Key: key}); !v.Clean() {
		t.Error(names(v))
	}
}

// TestBesideTaken: a name that can't be used is named, with its lock and what to do.
func TestBesideTaken(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	dir := l.uncommitted(t, "s3://data/set", dataset.PublishOptions{Key: key, Croissant: described})
	refused := func(o dataset.PublishOptions, want ...string) {
		t.Helper()
		_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o)
		for _, part := range want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("the error is %v, not %q", err, part)
			}
		}
	}
	refused(dataset.PublishOptions{Croissant: &dataset.Croissant{License: "MIT", Creator: "Acme"}},
		"s3://data/.datalock/set/croissant.json already describes this manifest with another license or creator")
	nothingPublished(t, l, "s3://data/set")
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{Key: key})
	must(t, err)
	// Somebody has written under both names of the signature of the next dataset.
	other := at(t, "s3://data/other")
	dir, p := l.published(t, other.String(), dataset.PublishOptions{})
	for _, name := range []string{"manifest.sigstore.json", "manifest-" + p.RootDigest[:16] + ".sigstore.json"} {
		l.put(t, ".datalock/other/"+name, "{}", nil)
	}
	_, err = dataset.Publish(t.Context(), l.Client, dir, other, dataset.PublishOptions{Key: key})
	for _, part := range []string{
		"s3://data/.datalock/other/manifest-" + p.RootDigest[:16] + ".sigstore.json already exists, and so does manifest.s",
		"neither is this key's signature of this manifest; the first is locked in COMPLIANCE mode until 20",
		"nothing is overwritten: publish under another prefix",
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %v, not %q", err, part)
		}
	}
}
