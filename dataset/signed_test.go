package dataset_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestSigned publishes with a key, twice, and verifies with it. A signature can
// also be added later.
func TestSigned(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	dir, first := l.published(t, "s3://data/set", dataset.PublishOptions{})
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Key: key}); found(v) != "signature-wrong" {
		t.Errorf("without a signature: %s", names(v))
	}
	for range 2 {
		p, err := dataset.Publish(
			t.Context(),
			l.Client,
			dir,
			at(t, "s3://data/set"),
			dataset.PublishOptions{Key: key},
		)
		if err != nil || !p.Signed || p.RootDigest != first.RootDigest {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if n := len(
		l.versions(t, "data", ".datalock/set/manifest.sigstore.json")[".datalock/set/manifest.sigstore.json"],
	); n != 1 {
		t.Errorf("there are %d signatures", n)
	}
	v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Key: key})
	if !v.Clean() || !v.SignatureChecked {
		t.Error(names(v))
	}
	statement, err := v.Statement()
	if err != nil || !strings.Contains(string(statement), first.RootDigest) ||
		!strings.Contains(string(statement), "DATALOCK_SIGNATURE_CHECKED") {
		t.Errorf("%s, %v", statement, err)
	}
	v.Counts[dataset.Missing]++
	if _, err := v.Statement(); err == nil {
		t.Error("a verification with findings is attested")
	}
}

// TestSignedBesideAnother: a bundle that another key has signed, or none, doesn't keep a
// dataset from being signed.
func TestSignedBesideAnother(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	key, _ := newKey(t)
	stranger, _ := newKey(t)
	l.bucket(t, "data", compliance, 1)
	for name, forged := range map[string]bool{"stranger": false, "forged": true} {
		l.retain(t, "data", compliance, 1)
		dir, p := l.published(t, "s3://data/"+name, dataset.PublishOptions{})
		bundle, err := stranger.Bundle(t.Context(), l.get(t, ".datalock/"+name+"/manifest.json"))
		must(t, err)
		text := string(bundle)
		if _, signature, _ := strings.Cut(text, `"sig":"`); forged {
			text = strings.Replace(text, signature[:20], strings.Repeat("A", 20), 1)
		}
		l.retain(t, "data", compliance, 3) // its lock isn't a finding
		l.put(t, ".datalock/"+name+"/manifest.sigstore.json", text, nil)
		for range 2 {
			_, err = dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/"+name), dataset.PublishOptions{Key: key})
			must(t, err)
		}
		v := l.verify(t, "s3://data/"+name, dataset.VerifyOptions{Key: key})
		if !v.Clean() || !v.SignatureChecked {
			t.Errorf("%s: %s", name, names(v))
		}
		want := []string{"entries-00000.jsonl", "manifest-" + p.RootDigest[:16] + ".sigstore.json", "manifest.json",
			"manifest.sigstore.json"}
		if got := l.beside(t, name); !slices.Equal(got, want) {
			t.Errorf("%s: there are %v, not %v", name, got, want)
		}
	}
}

// TestCroissant: the description names the manifest with its digest, and a
// second run on another day keeps it.
func TestCroissant(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	o := dataset.PublishOptions{Croissant: &dataset.Croissant{License: "CC-BY-4.0", Creator: "Acme"}}
	_, p := l.published(t, "s3://data/set", o)
	out, err := l.GetObject(
		t.Context(),
		&s3.GetObjectInput{Bucket: aws.String("data"), Key: aws.String(".datalock/set/croissant.json")},
	)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		ConformsTo   string `json:"conformsTo"`
		License      string
		Distribution []struct {
			ID     string `json:"@id"`
			SHA256 string `json:"sha256"`
			URL    string `json:"contentUrl"`
		}
	}
	if err := json.NewDecoder(out.Body).Decode(&c); err != nil {
		t.Fatal(err)
	}
	if c.ConformsTo != "http://mlcommons.org/croissant/1.1" || c.License != "CC-BY-4.0" ||
		c.Distribution[0].SHA256 != p.RootDigest ||
		c.Distribution[0].URL != "s3://data/.datalock/set/manifest.json" {
		t.Errorf("%+v", c)
	}
}

// TestLocal compares a local copy, with the manifest in the bucket and offline.
func TestLocal(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	dir, p := l.published(t, "s3://data/set", dataset.PublishOptions{Key: key})
	beside := t.TempDir()
	for _, name := range []string{"manifest.json", "manifest.sigstore.json"} {
		must(t, os.WriteFile(filepath.Join(beside, name), l.get(t, ".datalock/set/"+name), 0o644))
	}
	compare := func(o dataset.VerifyOptions) (online, offline string) {
		a, err := dataset.VerifyCopy(t.Context(), l.Client, at(t, "s3://data/set"), dir, o)
		must(t, err)
		b, err := dataset.VerifyLocal(t.Context(), dir, filepath.Join(beside, "manifest.json"), o)
		must(t, err)
		if a.Level != dataset.Local || b.RootDigest != p.RootDigest || b.Location != a.Location {
			t.Errorf("%+v, %+v", a, b)
		}
		for _, v := range []dataset.Verification{a, b} {
			statement, _ := v.Statement()
			if v.NextEnd != nil || strings.Contains(string(statement), "DATALOCK_LOCKED") {
				t.Errorf("a local copy has the next end %v, and states %s", v.NextEnd, statement)
			}
		}
		return found(a), found(b)
	}
	stranger, _ := newKey(t)
	for name, c := range map[string]struct {
		change          func()
		o               dataset.VerifyOptions
		online, offline string
	}{
		"a whole copy": {func() {}, dataset.VerifyOptions{Root: p.RootDigest, Key: key}, "", ""},
		"wrong root": {
			func() {},
			dataset.VerifyOptions{Root: strings.Repeat("0", 64)},
			"manifest-changed",
			"manifest-changed",
		},
		"wrong signer": {func() {}, dataset.VerifyOptions{Key: stranger}, "signature-wrong", "signature-wrong"},
	} {
		c.change()
		if online, offline := compare(c.o); online != c.online || offline != c.offline {
			t.Errorf("%s: %q and %q, want %q and %q", name, online, offline, c.online, c.offline)
		}
	}
	must(t, flip(filepath.Join(dir, "a.txt")))
	must(t, os.Truncate(filepath.Join(dir, "a/1.bin"), 5))
	must(t, os.Remove(filepath.Join(dir, "exact")))
	write(t, dir, map[string]int{"more": 1, "cache.tmp": 1})
	must(t, os.Remove(filepath.Join(dir, "README.md")))
	must(t, os.Symlink("a.txt", filepath.Join(dir, "README.md")))
	online, offline := compare(dataset.VerifyOptions{Exclude: []string{"*.tmp"}})
	for _, want := range []string{"changed", "truncated", "missing", "extra", "unknown"} {
		if !strings.Contains(online, want) {
			t.Errorf("online: %s, not %s", online, want)
		}
		// manifest.json has no sizes, so a short file counts as changed.
		if want != "truncated" && !strings.Contains(offline, want) {
			t.Errorf("offline: %s, not %s", offline, want)
		}
	}
}

func (l testServer) get(t *testing.T, key string) []byte {
	t.Helper()
	out, err := l.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("data"), Key: &key})
	must(t, err)
	defer out.Body.Close()
	text := make([]byte, *out.ContentLength)
	for n := 0; n < len(text); {
		m, err := out.Body.Read(text[n:])
		if n += m; err != nil && n < len(text) {
			t.Fatal(err)
		}
	}
	return text
}

// TestMayNotNameARetention: a publisher without s3:PutObjectRetention gets the
// bucket's default, read back for each file; a retention set by the user isn't
// given up like that.
func TestMayNotNameARetention(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 2)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::data/*","Condition":{"Null":{"s3:object-lock-mode":"false"}}}]}`
	_, err := l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &policy})
	must(t, err)
	admin := l.Users["admin"]
	client := l.as(l.Endpoint, admin.AccessKey, admin.SecretKey)
	dir := t.TempDir()
	write(t, dir, mixed)
	var notes []string
	p, err := dataset.Publish(
		t.Context(),
		client,
		dir,
		at(t, "s3://data/set"),
		dataset.PublishOptions{Note: func(text string) { notes = append(notes, text) }},
	)
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "the bucket's default applies") {
		t.Fatalf("%v, %q", err, notes)
	}
	l.whole(t, "data", "set", p.RootDigest)
	_, err = dataset.Publish(t.Context(), client, dir, at(t, "s3://data/other"), dataset.PublishOptions{Days: 3})
	if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("a named retention that is denied: %v", err)
	}
	nothingUnder(t, l, "data", "other")
}

// TestReadsGoOn: a download that is cut off continues where it was.
func TestReadsGoOn(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	l.published(t, "s3://data/set", dataset.PublishOptions{})
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.BreakOff(1000)
	v, err := dataset.Verify(
		t.Context(),
		l.as(proxy.URL, l.AccessKey, l.SecretKey),
		at(t, "s3://data/set"),
		dataset.VerifyOptions{Read: true},
	)
	if err != nil || !v.Clean() {
		t.Errorf("%v\n%s", err, names(v))
	}
}
