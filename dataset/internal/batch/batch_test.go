package batch

import (
	"bytes"
	"crypto/md5"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"datalock/dataset/internal/store"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/sandbox"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }

func TestPrefixes(t *testing.T) {
	if Manifests != settings.BatchManifests || Reports != settings.BatchReports {
		t.Errorf("the prefixes are %s and %s, and the role may use %s and %s",
			Manifests, Reports, settings.BatchManifests, settings.BatchReports)
	}
}

// TestAppendRow: what S3 decodes is the key, and nothing needs quotes.
func TestAppendRow(t *testing.T) {
	for _, key := range []string{
		"plain/a-b_c.d~e", "a b", "a+b", "100%", `q"q`, "c,c", "l\nl", "ü/日本/🗝", "a\\b", "?#&=;'", "\x7f\x01", "//x/",
	} {
		row := string(AppendRow(nil, "acme-data", key, "v1"))
		fields, err := csv.NewReader(strings.NewReader(row)).Read()
		if err != nil || len(fields) != 3 || strings.ContainsAny(row, "\" +") {
			t.Errorf("the row of %q is %q, %v", key, row, err)
			continue
		}
		for _, decode := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
			if got, err := decode(fields[1]); err != nil || got != key {
				t.Errorf("%q becomes %q, %v", key, got, err)
			}
		}
	}
}

// TestRowOf reads rows of AWS's documentation, which disagrees with its schema,
// and rows in the order of the schema.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html
func TestRowOf(t *testing.T) {
	for text, want := range map[string]Row{
		`b,k%20k,v,succeeded,200,,"{""checksum_base64"":""bS9TOQ\u003d\u003d""}"`: {
			"b", "k k", "v", true, "", 200, `{"checksum_base64":"bS9TOQ\u003d\u003d"}`,
		},
		`b,k,,failed,200,PermanentFailure,"error details: {""failureMessage"":"Task 2845 Key not found", ""errorCode"": ` +
			`"404"}"`: {
			"b", "k", "", false, "PermanentFailure", 200,
			`error details: {"failureMessage":"Task 2845 Key not found", "errorCode": "404"}"`,
		},
		`b,k,v,failed,AccessDenied,403,Access Denied`: {"b", "k", "v", false, "AccessDenied", 403, "Access Denied"},
	} {
		in := csv.NewReader(strings.NewReader(text + "\n"))
		in.LazyQuotes, in.FieldsPerRecord = true, -1
		fields, err := in.Read()
		if err != nil {
			t.Fatal(err)
		}
		got, err := rowOf(fields)
		want.Message, got.Message = loose(want.Message), loose(got.Message)
		if err != nil || got != want {
			t.Errorf("%s\nis %+v, %v\nnot %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"b,k,v,failed,403", "b,%zz,v,failed,403,AccessDenied,x", "b,k,v,done,200,,x"} {
		if r, err := rowOf(strings.Split(text, ",")); err == nil {
			t.Errorf("%s is %+v", text, r)
		}
	}
}

// loose leaves out what a reader of malformed CSV can't keep.
func loose(text string) string { return strings.NewReplacer(`"`, "", " ", "").Replace(text) }

// TestReport holds a report to its own checksums and to S3's numbers.
func TestReport(t *testing.T) {
	rows := "data,a,v1,succeeded,200,,Successful\ndata,b,v2,succeeded,200,,Successful\n"
	bad := "data,c,v3,failed,403,AccessDenied,Access Denied\n"
	objects := map[string]string{}
	top := func(sum string) {
		objects["r/job-1/manifest.json"] = fmt.Sprintf(`{"Format":"Report_CSV_20180820","Results":[`+
			`{"TaskExecutionStatus":"succeeded","Bucket":"evidence","MD5Checksum":%q,"Key":"r/job-1/results/a.csv"},`+
			`{"TaskExecutionStatus":"failed","Bucket":"evidence","MD5Checksum":"%x","Key":"r/job-1/results/b.csv"}]}`,
			sum, md5.Sum([]byte(bad)))
	}
	objects["r/job-1/results/a.csv"], objects["r/job-1/results/b.csv"] = rows, bad
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := objects[strings.TrimPrefix(r.URL.Path, "/evidence/")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if from := 0; r.Header.Get("Range") != "" {
			_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(text)-1, len(text)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, text[from:])
			return
		}
		// Breaks off in the middle.
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		_, _ = io.WriteString(w, text[:len(text)*2/3])
	}))
	t.Cleanup(server.Close)
	s := Service{Evidence: store.Store{Bucket: "evidence", Limiter: store.NewLimiter(1), Client: s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})}}
	read := func(j Job) (keys string, err error) {
		j.ID, j.folder = "1", "r"
		err = s.Report(t.Context(), j, func(r Row) error { keys += r.Key; return nil })
		return keys, err
	}
	sum := fmt.Sprintf("%x", md5.Sum([]byte(rows)))
	top(sum)
	if keys, err := read(Job{Succeeded: 2, Failed: 1}); err != nil || keys != "abc" {
		t.Errorf("the report has %s, %v", keys, err)
	}
	if _, err := read(Job{Succeeded: 3, Failed: 1}); err == nil || !strings.Contains(err.Error(), "S3 counted 3 and 1") {
		t.Errorf("other numbers: %v", err)
	}
	objects["r/job-1/results/a.csv"] = strings.Replace(rows, "b,v2", "b,v9", 1)
	if _, err := read(Job{
		Succeeded: 2,
		Failed:    1,
	}); err == nil || !strings.Contains(err.Error(), "the MD5 of r/job-1/results/a.csv") {
		t.Errorf("a changed file: %v", err)
	}
}

// TestManifestUpload uploads a manifest in parts once, goes on with an upload
// that was interrupted, and refuses other rows under the same name.
func TestManifestUpload(t *testing.T) {
	server := s3test.Start(t)
	client := s3.New(s3.Options{
		Region: server.Region, BaseEndpoint: aws.String(server.Endpoint), UsePathStyle: true,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, ""),
	})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("evidence")}); err != nil {
		t.Fatal(err)
	}
	s := Service{Evidence: store.Store{Client: client, Bucket: "evidence", Limiter: store.NewLimiter(4)}}
	add := func(w *Writer) {
		t.Helper()
		const version = "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY" // as long as S3's
		for i := range 100_000 {
			if err := w.Add(fmt.Sprintf("train/images/class-%08d/and-a-long-name-%08d.parquet", i/10, i), version); err != nil {
				t.Fatal(err)
			}
		}
	}
	named := func(int) string { return "m-0.csv" }
	add(s.Write(t.Context(), "acme-data", named))
	unfinished, err := s.Evidence.Uploads(t.Context(), "")
	if err != nil || len(unfinished) != 1 {
		t.Fatalf("an interrupted run left %v, %v", unfinished, err)
	}
	var first Manifest
	for run := range 2 {
		w := s.Write(t.Context(), "acme-data", named)
		add(w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if m := w.Manifests[0]; m.Rows != 100_000 || m.ETag == "" || run > 0 && m != first {
			t.Errorf("run %d: %+v, and before %+v", run, m, first)
		}
		first = w.Manifests[0]
	}
	if unfinished, err = s.Evidence.Uploads(t.Context(), ""); err != nil || len(unfinished) > 0 {
		t.Errorf("uploads are left: %v, %v", unfinished, err)
	}
	_, body, err := s.Evidence.Get(t.Context(), "m-0.csv", "")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil || bytes.Count(text, []byte("\n")) != 100_000 || len(text) <= partSize {
		t.Errorf("the manifest has %d bytes, %v", len(text), err)
	}
	w := s.Write(t.Context(), "acme-data", named)
	if err := w.Add("other", "v"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "already exists with other rows") {
		t.Errorf("other rows under the same name: %v", err)
	}
	if err := w.Add("k", ""); err == nil {
		t.Error("a row without a version id was taken: the job would change whatever is newest")
	}
}

func TestAccount(t *testing.T) {
	for role, want := range map[string]string{
		"arn:aws:iam::111122223333:role/acme-batch": "111122223333", "arn:aws-cn:iam::111122223333:role/p/x": "111122223333",
		"acme-batch": "", "arn:aws:iam::111122223333:user/x": "", "arn:aws:s3:::bucket": "", "": "",
	} {
		got, err := (&Service{Role: role}).Account()
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is in the account %q, %v", role, got, err)
		}
	}
	if (Job{Status: types.JobStatusActive}).Ended() || !(Job{Status: types.JobStatusCancelled}).Ended() {
		t.Error("ended statuses are wrong")
	}
}
