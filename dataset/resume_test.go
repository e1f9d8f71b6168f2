package dataset_test

import (
	"bytes"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestAgain: a second run for the same folder keeps every version, and a run
// for a different folder is refused.
func TestAgain(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir, first := l.publishedInParts(t, "s3://data/set", dataset.PublishOptions{})
	before := l.versions(t, "data", "")
	second, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{})
	if err != nil || !second.Before || second.RootDigest != first.RootDigest || second.Sent != 0 {
		t.Errorf("the second run: %+v, %v", second, err)
	}
	if after := l.versions(
		t,
		"data",
		"",
	); !maps.EqualFunc(
		before,
		after,
		func(a, b []string) bool { return len(a) == len(b) && a[0] == b[0] },
	) {
		t.Errorf("versions went from %v to %v", before, after)
	}
	for name, change := range map[string]func(dir string) error{
		"another byte": func(dir string) error { return flip(filepath.Join(dir, "a.txt")) },
		"one more":     func(dir string) error { return os.WriteFile(filepath.Join(dir, "more"), nil, 0o644) },
		"one less":     func(dir string) error { return os.Remove(filepath.Join(dir, "exact")) },
	} {
		copied := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		if err := change(copied); err != nil {
			t.Fatal(err)
		}
		_, err := dataset.Publish(t.Context(), l.Client, copied, at(t, "s3://data/set"), dataset.PublishOptions{})
		if err == nil || !strings.Contains(err.Error(), "is already published, and 1 files of") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Read: true}); !v.Clean() {
		t.Error(names(v))
	}
}

// flip flips a bit of a file.
func flip(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[len(data)/2] ^= 1
	return os.WriteFile(path, data, 0o644)
}

// TestOtherBytes: an object that somebody else put under the prefix stops the
// run, before it starts if possible.
func TestOtherBytes(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 10, "g": 10})
	put := func(key, body string) {
		if _, err := l.PutObject(
			t.Context(),
			&s3.PutObjectInput{
				Bucket:            aws.String("data"),
				Key:               &key,
				Body:              strings.NewReader(body),
				ChecksumAlgorithm: "SHA256",
			},
		); err != nil {
			t.Fatal(err)
		}
	}
	put("size/f", "shorter")
	mistake(
		t,
		l,
		dir,
		"s3://data/size",
		"size",
		dataset.PublishOptions{},
		"s3://data/size/f: has 7 bytes, but the file has 10",
	)
	put("stranger/h", "x")
	mistake(
		t,
		l,
		dir,
		"s3://data/stranger",
		"stranger",
		dataset.PublishOptions{},
		"s3://data/stranger/h: is in the bucket but not in",
	)
	put("twice/f", "0123456789")
	put("twice/f", "0123456789")
	mistake(t, l, dir, "s3://data/twice", "twice", dataset.PublishOptions{}, "s3://data/twice/f: has 2 versions")
	put("marker/f", "0123456789")
	if _, err := l.DeleteObject(
		t.Context(),
		&s3.DeleteObjectInput{Bucket: aws.String("data"), Key: aws.String("marker/f")},
	); err != nil {
		t.Fatal(err)
	}
	mistake(
		t,
		l,
		dir,
		"s3://data/marker",
		"marker",
		dataset.PublishOptions{},
		"s3://data/marker/f: is hidden by a delete marker",
	)
	put("bytes/g", "0123456789")
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/bytes"), dataset.PublishOptions{})
	if err == nil || !strings.Contains(err.Error(), "s3://data/bytes/g: already exists with other bytes") {
		t.Errorf("other bytes: %v", err)
	}
}

// TestOtherForms: a large file that another tool sent in one PUT is kept, and a
// checksum of another form isn't taken for other bytes.
func TestOtherForms(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 9 << 20})
	put := func(key string, body []byte) {
		_, err := l.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("data"), Key: &key, Body: bytes.NewReader(body), ChecksumAlgorithm: "SHA256",
		})
		must(t, err)
	}
	body, err := os.ReadFile(filepath.Join(dir, "f"))
	must(t, err)
	put("same/f", body)
	p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/same"), dataset.PublishOptions{})
	if err != nil || p.Kept != 1 || p.Sent != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	l.whole(t, "data", "same", p.RootDigest)
	put("other/f", append([]byte{body[0] ^ 1}, body[1:]...))
	_, err = dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/other"), dataset.PublishOptions{})
	if err == nil || !strings.Contains(err.Error(), "s3://data/other/f: already exists with other bytes;") {
		t.Errorf("other bytes: %v", err)
	}
	// Parts of other sizes: one, where Datalock sends two.
	begun, err := l.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
		Bucket: aws.String("data"), Key: aws.String("parts/f"), ChecksumAlgorithm: "SHA256",
	})
	must(t, err)
	part, err := l.UploadPart(t.Context(), &s3.UploadPartInput{
		Bucket: aws.String("data"), Key: aws.String("parts/f"), UploadId: begun.UploadId, PartNumber: aws.Int32(1),
		Body: bytes.NewReader(body), ChecksumAlgorithm: "SHA256",
	})
	must(t, err)
	_, err = l.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: aws.String("data"), Key: aws.String("parts/f"), UploadId: begun.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{
			{PartNumber: aws.Int32(1), ETag: part.ETag, ChecksumSHA256: part.ChecksumSHA256},
		}},
	})
	must(t, err)
	_, err = dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/parts"), dataset.PublishOptions{})
	if err == nil || !strings.Contains(err.Error(), "is of another form than that of this upload") {
		t.Errorf("parts of another size: %v", err)
	}
}

// TestLostAnswers: the answer to every request that creates something is lost
// once, and the run succeeds without a second version.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	proxy := s3proxy.Start(t, l.Endpoint)
	lost := map[string]bool{}
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		creates := r.Method == http.MethodPut || r.Method == http.MethodPost
		what := r.Method + r.URL.Path + r.URL.Query().Get("partNumber")
		if !creates || lost[what] {
			return s3proxy.Fault{}
		}
		lost[what] = true
		return s3proxy.Fault{Lose: true}
	})
	dir := t.TempDir()
	write(t, dir, mixed)
	p, err := dataset.Publish(
		t.Context(),
		l.as(proxy.URL, l.AccessKey, l.SecretKey),
		dir,
		at(t, "s3://data/set"),
		dataset.PublishOptions{Jobs: 1},
	)
	if err != nil || len(lost) < len(mixed)+3 {
		t.Fatalf("%v, %d answers lost", err, len(lost))
	}
	l.whole(t, "data", "set", p.RootDigest)
}

// whole expects every key of a dataset to have one version, and all bytes to
// match the manifest.
func (l testServer) whole(t *testing.T, bucket, prefix, root string) {
	t.Helper()
	for key, versions := range l.versions(t, bucket, "") {
		if strings.HasPrefix(strings.TrimPrefix(key, ".datalock/"), prefix+"/") && len(versions) != 1 {
			t.Errorf("%s has %d versions", key, len(versions))
		}
	}
	if v := l.verify(t, "s3://"+bucket+"/"+prefix, dataset.VerifyOptions{Read: true, Root: root}); !v.Clean() {
		t.Error(names(v))
	}
}

// TestPartsAreSentOnce: after an interruption in a large file, the next run
// continues with its other parts.
func TestPartsAreSentOnce(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"large": 60 << 20})
	proxy := s3proxy.Start(t, l.Endpoint)
	sent := map[string]int{}
	var stop bool
	faults := func(_ int64, r *http.Request) s3proxy.Fault {
		part := r.URL.Query().Get("partNumber")
		if part == "" {
			return s3proxy.Fault{}
		}
		if stop && part == "6" {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		sent[part]++
		return s3proxy.Fault{}
	}
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	proxy.Faults(faults)
	stop = true
	if _, err := dataset.Publish(
		t.Context(),
		client,
		dir,
		at(t, "s3://data/set"),
		dataset.PublishOptions{Jobs: 1},
	); err == nil {
		t.Fatal("the first run ends well")
	}
	first := len(sent)
	stop = false
	p, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), dataset.PublishOptions{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	twice := 0
	for _, n := range sent {
		twice += n - 1
	}
	if first < 1 || len(sent) != 8 || twice > 1 {
		t.Errorf("%d parts were sent first, and then in all %v", first, sent)
	}
	l.whole(t, "data", "set", p.RootDigest)
	uploads, err := l.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String("data")})
	if err != nil || len(uploads.Uploads) > 0 {
		t.Errorf("%d uploads are left, %v", len(uploads.Uploads), err)
	}
}

// TestFileChanges: a file that changes while it is read stops the run, and the
// next run publishes the new content.
func TestFileChanges(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	for name, size := range map[string]int{"small": 2 << 20, "large": 30 << 20} {
		dir := t.TempDir()
		write(t, dir, map[string]int{"changing": size})
		path := filepath.Join(dir, "changing")
		proxy := s3proxy.Start(t, l.Endpoint)
		changed := false
		proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
			if r.URL.Query().Get("partNumber") == "2" && !changed {
				changed = true
				return s3proxy.Fault{Hook: func() { _ = flip(path) }}
			}
			return s3proxy.Fault{}
		})
		location := "s3://data/" + name
		_, err := dataset.Publish(
			t.Context(),
			l.as(proxy.URL, l.AccessKey, l.SecretKey),
			dir,
			at(t, location),
			dataset.PublishOptions{
				Jobs: 2, Confirm: func(dataset.Plan) error {
					if name == "small" {
						return flip(path)
					}
					return nil
				},
			},
		)
		if err == nil || !strings.Contains(err.Error(), "changed while it was being published") {
			t.Fatalf("%s: the error is %v", name, err)
		}
		nothingPublished(t, l, location)
		p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, location), dataset.PublishOptions{})
		if err != nil {
			t.Fatal(err)
		}
		l.whole(t, "data", name, p.RootDigest)
		if v, err := dataset.VerifyCopy(
			t.Context(),
			l.Client,
			at(t, location),
			dir,
			dataset.VerifyOptions{},
		); err != nil ||
			!v.Clean() {
			t.Errorf("%s: %v\n%s", name, err, names(v))
		}
	}
}

func nothingPublished(t *testing.T, l testServer, location string) {
	t.Helper()
	if v, err := dataset.Verify(t.Context(), l.Client, at(t, location), dataset.VerifyOptions{}); err == nil {
		t.Errorf("%s is published: %+v", location, v)
	}
}
