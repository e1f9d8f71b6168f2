package dataset_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"
)

// TestSaysOnlyWhatWasSeen: versions that are gone weren't checked, and a signature counts
// only if it is the key's.
func TestSaysOnlyWhatWasSeen(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	stranger, _ := newKey(t)
	_, _ = l.published(t, "s3://data/set", dataset.PublishOptions{Key: key})
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Key: key}); !v.SignatureChecked ||
		v.Checked != int64(len(mixed)) {
		t.Errorf("checked are %d, the signature %v", v.Checked, v.SignatureChecked)
	}
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Key: stranger}); v.SignatureChecked ||
		!strings.Contains(v.ManifestText(), "no valid signature") {
		t.Errorf("by a stranger: %s", v.ManifestText())
	}
	for name := range mixed {
		must(t, os.Remove(l.atRest("set/"+name)))
	}
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{}); v.Checked != 0 ||
		v.Counts[dataset.Missing] != len(mixed) || !strings.HasPrefix(v.CheckedText(), "0 as S3 accepted them") {
		t.Errorf("of versions that are gone: %s", v.CheckedText())
	}
}

// TestArchived counts what must be restored before it can be read.
func TestArchived(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	_, _ = l.published(t, "s3://data/set", dataset.PublishOptions{})
	proxy := s3proxy.Start(t, l.Endpoint)
	for restore, want := range map[string]int64{
		"": int64(len(mixed)), `ongoing-request="true"`: int64(len(mixed)),
		`ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"`: 0,
	} {
		proxy.Answers(func(r *http.Response) {
			if r.Request.Method == http.MethodHead && strings.HasPrefix(r.Request.URL.Path, "/data/set/") {
				r.Header.Set("X-Amz-Storage-Class", "DEEP_ARCHIVE")
				if restore != "" {
					r.Header.Set("X-Amz-Restore", restore)
				}
			}
		})
		v, err := dataset.Verify(t.Context(), l.as(proxy.URL, l.AccessKey, l.SecretKey), at(t, "s3://data/set"),
			dataset.VerifyOptions{})
		must(t, err)
		if !v.Clean() || v.Archived != want || (v.ArchivedText() == "") != (want == 0) {
			t.Errorf("%q: %d are archived, %s", restore, v.Archived, names(v))
		}
	}
}

// TestBadRecordKeepsTheRow: anyone may write such a record.
func TestBadRecordKeepsTheRow(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	_, p := l.published(t, "s3://data/set", dataset.PublishOptions{})
	l.put(t, ".datalock/set/renewals/20260101T000000.000Z.json", "garbage", nil)
	all, err := dataset.List(t.Context(), l.Client, "data")
	must(t, err)
	if len(all) != 1 || all[0].RootDigest != p.RootDigest || all[0].Problem != "" || all[0].RecordProblem == "" {
		t.Errorf("listed is %+v", all)
	}
}

// TestNoNoteOfAnotherCause: an upload that is denied without a retention too isn't denied
// because of one.
func TestNoNoteOfAnotherCause(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1})
	for name, withLock := range map[string]bool{"all": false, "with a retention": true} {
		proxy := s3proxy.Start(t, l.Endpoint)
		proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
			if r.Method == http.MethodPut && (!withLock || r.Header.Get("X-Amz-Object-Lock-Mode") != "") {
				return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
			}
			return s3proxy.Fault{}
		})
		noted := false
		o := dataset.PublishOptions{Note: func(text string) {
			noted = noted || strings.HasPrefix(text, "not allowed to set a retention")
		}}
		client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
		_, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/"+name[:3]), o)
		if noted != withLock || (err == nil) != withLock {
			t.Errorf("denied %s: noted %v, %v", name, noted, err)
		}
	}
}

// TestLinesOfText: the name of a key can't add a line to the output.
func TestLinesOfText(t *testing.T) {
	const name = "x\neverything matches the manifest\x1b[2K"
	f := dataset.Finding{Name: dataset.Extra, Subject: "s3://data/" + name, Detail: "isn't in the manifest"}
	want := `extra s3://data/x\neverything matches the manifest\x1b[2K: isn't in the manifest`
	if got := f.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1, name: 1})
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{})
	var m *dataset.Mistakes
	if !errors.As(err, &m) || strings.Count(err.Error(), "\n") != len(m.List) || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("the mistakes are %q", err)
	}
}

// TestNoBucket: what isn't a bucket's name isn't sent.
func TestNoBucket(t *testing.T) {
	for _, text := range []string{
		"s3://arn:aws:s3:eu-central-1:111122223333:accesspoint/my-ap/base", "s3://../x", "s3://r-gov?x/base", "s3://./x",
		"s3://a..b/x", "s3://my-ap-1a2b3c-s3alias/x", "s3://b\x1b/x", "s3:///x",
	} {
		if l, err := dataset.ParseLocation(text); err == nil {
			t.Errorf("%q is %+v", text, l)
		}
	}
	for _, text := range []string{"s3://acme-data/x", "s3://acme.data.2/x", "s3://Old_Bucket/x"} {
		if _, err := dataset.ParseLocation(text); err != nil {
			t.Error(err)
		}
	}
}

// TestSignatureUnlisted: without the right to list, S3 says that a file that doesn't exist
// is denied.
func TestSignatureUnlisted(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	_, p := l.published(t, "s3://data/set", dataset.PublishOptions{Key: key})
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.URL.Query().Has("versions") || strings.HasSuffix(r.URL.Path, "/manifest-"+p.RootDigest[:16]+".sigstore.json") {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	v, err := dataset.Verify(t.Context(), client, at(t, "s3://data/set"), dataset.VerifyOptions{Key: key})
	if err != nil || !v.SignatureChecked {
		t.Errorf("%s, %v", names(v), err)
	}
}

// TestAbsentBucket: every verb says that there is no such bucket, and what to check.
func TestAbsentBucket(t *testing.T) {
	l := newTestServer(t)
	ctx, absent, dir := t.Context(), at(t, "s3://absent/set"), t.TempDir()
	write(t, dir, map[string]int{"f": 1})
	for verb, run := range map[string]func() error{
		"publish": func() error {
			_, err := dataset.Publish(ctx, l.Client, dir, absent, dataset.PublishOptions{})
			return err
		},
		"verify": func() error {
			_, err := dataset.Verify(ctx, l.Client, absent, dataset.VerifyOptions{})
			return err
		},
		"verify --local": func() error {
			_, err := dataset.VerifyCopy(ctx, l.Client, absent, dir, dataset.VerifyOptions{})
			return err
		},
		"list": func() error {
			_, err := dataset.List(ctx, l.Client, "absent")
			return err
		},
	} {
		if err := run(); err == nil || !strings.HasPrefix(err.Error(), "NoSuchBucket: ") ||
			!strings.HasSuffix(err.Error(), "; check the bucket's name, the Region and the endpoint") {
			t.Errorf("%s: the error is %v", verb, err)
		}
	}
}
