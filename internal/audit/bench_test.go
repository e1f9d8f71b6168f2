package audit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"datalock/internal/audit"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// What the benchmarks do.
const (
	benchVersions = 5000
	benchJobs     = 64
)

// BenchmarkVersions compares an audit of 5,000 versions with bare HEADs of them,
// by turns, at the local server. That server works for a listing about as hard as
// for a quarter of the HEADs, so there is a ratio with a bare listing too.
func BenchmarkVersions(b *testing.B) {
	l := newTestServer(b)
	c := audit.Config{S3: l.as("root", l.PlainEndpoint), Bucket: "many", Wanted: settings.DefaultBucket(), Jobs: benchJobs}
	l.hand.Create(b, c.Bucket)
	if err := l.hand.Retain(b, c.Bucket, types.ObjectLockRetentionModeCompliance, 90); err != nil {
		b.Fatal(err)
	}
	ids := make([]string, benchVersions)
	each(benchVersions, benchJobs, func(i int) {
		out, err := c.S3.PutObject(b.Context(), &s3.PutObjectInput{
			Bucket: &c.Bucket, Key: aws.String(keyOf(i)), Body: strings.NewReader("x"),
		})
		if err != nil {
			b.Error(err)
			return
		}
		ids[i] = *out.VersionId
	})
	byTurns(b, c, ids)
}

// BenchmarkVersionsInMemory does the same at a server that costs nothing: what is
// compared is the work of this program.
func BenchmarkVersionsInMemory(b *testing.B) {
	until := time.Now().AddDate(0, 0, 90).UTC().Truncate(time.Second)
	ids := make([]string, benchVersions)
	for i := range ids {
		ids[i] = fmt.Sprintf("version-%026d", i)
	}
	server := httptest.NewServer(inMemory(ids, until))
	b.Cleanup(server.Close)
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		HTTPClient:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchJobs}},
	})
	byTurns(b, audit.Config{S3: client, Bucket: "many", Wanted: settings.DefaultBucket(), Jobs: benchJobs}, ids)
}

// inMemory answers HEADs of versions and listings of them.
func inMemory(ids []string, until time.Time) http.HandlerFunc {
	pages := map[string]string{}
	for from := 0; from < len(ids); from += 1000 {
		var page strings.Builder
		to := min(from+1000, len(ids))
		fmt.Fprintf(&page, `<ListVersionsResult><IsTruncated>%v</IsTruncated><NextKeyMarker>%s</NextKeyMarker>`,
			to < len(ids), keyOf(to-1))
		for i := from; i < to; i++ {
			fmt.Fprintf(&page, `<Version><Key>%s</Key><VersionId>%s</VersionId><IsLatest>true</IsLatest><Size>1</Size>`+
				`<ChecksumAlgorithm>CRC32</ChecksumAlgorithm></Version>`, keyOf(i), ids[i])
		}
		page.WriteString(`</ListVersionsResult>`)
		marker := ""
		if from > 0 {
			marker = keyOf(from - 1)
		}
		pages[marker] = page.String()
	}
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		switch {
		case r.Method == http.MethodHead && query.Has("versionId"):
			w.Header().Set("X-Amz-Object-Lock-Mode", "COMPLIANCE")
			w.Header().Set("X-Amz-Object-Lock-Retain-Until-Date", until.Format(time.RFC3339))
		case query.Has("versions") && query.Get("prefix") == "":
			fmt.Fprint(w, pages[query.Get("key-marker")])
		case query.Has("versions"):
			fmt.Fprint(w, `<ListVersionsResult/>`)
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusNotImplemented)
		}
	}
}

// byTurns lists, sends bare HEADs and audits, and reports the rates.
func byTurns(b *testing.B, c audit.Config, ids []string) {
	c.WarnDays = 30
	var listed, bare, audited time.Duration
	for b.Loop() {
		began := time.Now()
		pages := s3.NewListObjectVersionsPaginator(c.S3, &s3.ListObjectVersionsInput{Bucket: &c.Bucket})
		for pages.HasMorePages() {
			if _, err := pages.NextPage(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		listed += time.Since(began)
		began = time.Now()
		each(len(ids), benchJobs, func(i int) {
			if _, err := c.S3.HeadObject(b.Context(), &s3.HeadObjectInput{
				Bucket: &c.Bucket, Key: aws.String(keyOf(i)), VersionId: &ids[i],
			}); err != nil {
				b.Error(err)
			}
		})
		bare += time.Since(began)
		began = time.Now()
		got, err := audit.Run(b.Context(), c)
		if err != nil || got.Versions.Compliance != int64(len(ids)) {
			b.Fatalf("%+v, %v", got.Versions, err)
		}
		audited += time.Since(began)
	}
	heads := float64(len(ids) * b.N)
	b.ReportMetric(heads/bare.Seconds(), "bare-HEADs/s")
	b.ReportMetric(heads/audited.Seconds(), "audit-HEADs/s")
	b.ReportMetric(bare.Seconds()/audited.Seconds(), "ratio-to-HEADs")
	b.ReportMetric((bare+listed).Seconds()/audited.Seconds(), "ratio-to-list+HEADs")
}

// keyOf names the i-th key, such that they are in order.
func keyOf(i int) string { return fmt.Sprintf("part-%02d/%05d", i/125, i) }

// each calls f for every number below n, jobs at a time.
func each(n, jobs int, f func(int)) {
	var group sync.WaitGroup
	for job := range jobs {
		group.Go(func() {
			for i := job; i < n; i += jobs {
				f(i)
			}
		})
	}
	group.Wait()
}
