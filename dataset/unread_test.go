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

// TestWhyUnread: a file that couldn't be read is unknown, for the reason that S3 gave.
func TestWhyUnread(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 10, "g": 10})
	proxy := s3proxy.Start(t, l.Endpoint)
	client, set := l.as(proxy.URL, l.AccessKey, l.SecretKey), at(t, "s3://data/set")
	const key = "arn:aws:kms:us-east-1:012345678901:key/1"
	proxy.Answers(func(r *http.Response) {
		if r.Request.Method == http.MethodPut && strings.HasSuffix(r.Request.URL.Path, "/g") {
			r.Header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
			r.Header.Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", key)
		}
	})
	_, err := dataset.Publish(t.Context(), client, dir, set, dataset.PublishOptions{})
	must(t, err)
	for _, c := range []struct{ file, method, code, want string }{
		{"f", http.MethodGet, "InvalidObjectState", "couldn't be read: InvalidObjectState: by the test"},
		{"f", http.MethodGet, "AccessDenied", "(s3:GetObjectVersion)"},
		{"g", http.MethodGet, "AccessDenied", "(s3:GetObjectVersion, and kms:Decrypt with " + key + ")"},
	} {
		proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
			if r.Method == c.method && strings.HasSuffix(r.URL.Path, "/"+c.file) {
				return s3proxy.Fault{Status: 403, Code: c.code}
			}
			return s3proxy.Fault{}
		})
		v, err := dataset.Verify(t.Context(), client, set, dataset.VerifyOptions{Read: true})
		must(t, err)
		if v.Counts[dataset.Unknown] != 1 || !strings.Contains(names(v), c.want) {
			t.Errorf("%s %s: %s, want %q", c.file, c.code, names(v), c.want)
		}
	}
}

// TestGoneAndDenied: without s3:ListBucket S3 denies access to a version that doesn't
// exist. If the listing doesn't have it either, it is missing.
func TestGoneAndDenied(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	_, _ = l.published(t, "s3://data/set", dataset.PublishOptions{})
	must(t, os.Remove(l.atRest("set/a.txt")))
	proxy := s3proxy.Start(t, l.Endpoint)
	for listed, want := range map[bool]dataset.FindingName{true: dataset.Missing, false: dataset.Unknown} {
		proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
			if strings.HasSuffix(r.URL.Path, "/a.txt") || !listed && r.URL.Query().Has("versions") {
				return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
			}
			return s3proxy.Fault{}
		})
		for _, read := range []bool{false, true} {
			v, err := dataset.Verify(t.Context(), l.as(proxy.URL, l.AccessKey, l.SecretKey), at(t, "s3://data/set"),
				dataset.VerifyOptions{Read: read})
			must(t, err)
			if found(v) != string(want) || !strings.Contains(names(v), string(want)+" s3://data/set/a.txt: ") {
				t.Errorf("listed %v, read %v: %s", listed, read, names(v))
			}
		}
	}
}

// TestLinkedFolder: nothing is known of what is below a symbolic link in a local copy, so
// its files aren't missing.
func TestLinkedFolder(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir, _ := l.published(t, "s3://data/set", dataset.PublishOptions{})
	elsewhere := filepath.Join(t.TempDir(), "train")
	must(t, os.Rename(filepath.Join(dir, "train"), elsewhere))
	must(t, os.Symlink(elsewhere, filepath.Join(dir, "train")))
	v, err := dataset.VerifyCopy(t.Context(), l.Client, at(t, "s3://data/set"), dir, dataset.VerifyOptions{})
	must(t, err)
	if found(v) != "unknown" || v.Judged() || v.Checked != 7 {
		t.Errorf("%d checked, %s", v.Checked, names(v))
	}
	must(t, os.Remove(filepath.Join(dir, "train")))
	v, err = dataset.VerifyCopy(t.Context(), l.Client, at(t, "s3://data/set"), dir, dataset.VerifyOptions{})
	must(t, err)
	if v.Counts[dataset.Missing] != 2 {
		t.Error(names(v))
	}
}
