package dataset_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// manyUploads begins more uploads of a file than the pages of inPages have, with the
// first part of the file in the last of them, and returns the file's folder.
func (l testServer) manyUploads(t *testing.T, prefix string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]int{"large": 20 << 20})
	text, err := os.ReadFile(filepath.Join(dir, "large"))
	must(t, err)
	key := prefix + "/large"
	var last *s3.CreateMultipartUploadOutput
	for range 7 {
		last, err = l.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
			Bucket: aws.String("data"), Key: &key, ChecksumAlgorithm: "SHA256",
		})
		must(t, err)
		time.Sleep(20 * time.Millisecond) // the order of the uploads is that of their start
	}
	_, err = l.UploadPart(t.Context(), &s3.UploadPartInput{
		Bucket: aws.String("data"), Key: &key, UploadId: last.UploadId, PartNumber: aws.Int32(1),
		Body: bytes.NewReader(text[:8<<20]), ChecksumAlgorithm: "SHA256",
	})
	must(t, err)
	return dir
}

// TestManyUploadsOfOneKey: the newest unfinished upload is found behind a page of others.
func TestManyUploadsOfOneKey(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := l.manyUploads(t, "set")
	proxy := s3proxy.Start(t, l.Endpoint)
	sent := map[string]int{}
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if part := r.URL.Query().Get("partNumber"); part != "" {
			sent[part]++
		}
		return s3proxy.Fault{}
	})
	client := inPages(l.as(proxy.URL, l.AccessKey, l.SecretKey))
	p, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), dataset.PublishOptions{Jobs: 1})
	must(t, err)
	if sent["1"] != 0 || sent["2"] != 1 || sent["3"] != 1 {
		t.Errorf("the parts sent are %v", sent)
	}
	l.whole(t, "data", "set", p.RootDigest)
}

// TestUploadsCannotBeListed: a server that refuses a page of unfinished uploads doesn't
// keep a dataset from being published.
func TestUploadsCannotBeListed(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := l.manyUploads(t, "set")
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if q := r.URL.Query(); q.Has("uploads") && q.Has("key-marker") {
			return s3proxy.Fault{Status: 400, Code: "InvalidArgument"}
		}
		return s3proxy.Fault{}
	})
	client := inPages(l.as(proxy.URL, l.AccessKey, l.SecretKey))
	var notes []string
	o := dataset.PublishOptions{Note: func(text string) { notes = append(notes, text) }}
	p, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), o)
	must(t, err)
	if !strings.Contains(strings.Join(notes, "\n"), "not all unfinished uploads could be listed (InvalidArgument") {
		t.Errorf("the notes are %q", notes)
	}
	l.whole(t, "data", "set", p.RootDigest)
}

// TestUploadOfAnotherTool: an unfinished upload that can't be finished with SHA-256
// checksums doesn't keep its key from being published.
func TestUploadOfAnotherTool(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	for _, algorithm := range []types.ChecksumAlgorithm{"", types.ChecksumAlgorithmCrc32} {
		prefix := "set-" + string(algorithm)
		dir, key := t.TempDir(), prefix+"/large"
		write(t, dir, map[string]int{"large": 9 << 20})
		plain := s3.New(l.Options(), func(o *s3.Options) {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		})
		upload, err := plain.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
			Bucket: aws.String("data"), Key: &key, ChecksumAlgorithm: algorithm,
		})
		must(t, err)
		proxy := s3proxy.Start(t, l.Endpoint)
		proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
			if r.Method == http.MethodPut && r.URL.Query().Get("uploadId") == *upload.UploadId {
				return s3proxy.Fault{Status: 400, Code: "InvalidRequest"} // as S3 for another checksum
			}
			return s3proxy.Fault{}
		})
		client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
		a := asking(1, dataset.PublishOptions{})
		p, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/"+prefix), a.PublishOptions)
		if err != nil {
			t.Errorf("%q: %v", algorithm, err)
			continue
		}
		noted := a.noted("the unfinished upload " + *upload.UploadId + " isn't continued: another tool began it")
		if listed := algorithm == ""; noted != listed || a.plans[0].UnfinishedUploads != 0 {
			t.Errorf("%q: noted %q, planned %+v", algorithm, a.notes, a.plans)
		}
		l.whole(t, "data", prefix, p.RootDigest)
	}
}

// TestConflict: S3 refuses to finish an upload once, because of another writer. The file
// is sent again in a new upload.
func TestConflict(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"large": 9 << 20})
	proxy := s3proxy.Start(t, l.Endpoint)
	var finished []string
	refuse := 1
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if id := r.URL.Query().Get("uploadId"); id != "" && r.Method == http.MethodPost {
			if finished = append(finished, id); len(finished) <= refuse {
				return s3proxy.Fault{Status: 409, Code: "ConditionalRequestConflict"}
			}
		}
		return s3proxy.Fault{}
	})
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	a := asking(1, dataset.PublishOptions{})
	p, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), a.PublishOptions)
	if err != nil || len(finished) != 2 || finished[0] == finished[1] ||
		!a.noted("the unfinished upload "+finished[0]+" isn't continued: another writer was in the way") {
		t.Errorf("finished %v: %v", finished, err)
	}
	l.whole(t, "data", "set", p.RootDigest)
	refuse = 100
	_, err = dataset.Publish(t.Context(), client, dir, at(t, "s3://data/other"), dataset.PublishOptions{})
	const want = "put s3://data/other/large: another writer created or removed the object at the same time"
	if err == nil || !strings.Contains(err.Error(), want) || len(finished) > 10 {
		t.Errorf("finished %d times: %v", len(finished), err)
	}
}
