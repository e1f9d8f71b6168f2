package dataset

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"datalock/dataset/internal/batch"
	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sys/unix"
)

// BenchmarkRows writes the manifest of a job from the entries of a dataset, and
// uploads it to a server in memory, in another thread of this process:
//
//	go test ./dataset -run NONE -bench Rows -benchtime 1x
//
// The entries are those of one shard of 100,000 files, again and again.
func BenchmarkRows(b *testing.B) {
	shard := benchShard(b)
	for _, rows := range []int64{1_000_000, 10_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			for b.Loop() {
				benchRows(b, shard, rows)
			}
		})
	}
}

const benchFiles = 100_000

// benchShard writes one shard.
func benchShard(b *testing.B) *spill.File {
	b.Helper()
	file, err := spill.TempFile()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(file.Close)
	var text strings.Builder
	for i := range benchFiles {
		name := fmt.Sprintf("train/n%08d/n%08d_%05d.jpeg", i/1000, i/1000, i)
		line, err := manifest.Entry{
			Name: name, URI: manifest.URI("acme-imagenet", "imagenet/2026-11/"+name, "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY"),
			Digest: manifest.Digest{SHA256: strings.Repeat("5f", 32)},
			Annotations: manifest.Annotations{
				Size: 110_000, Mode: "COMPLIANCE", RetainUntil: time.Now().AddDate(0, 0, 90), Encryption: "AES256",
				S3: manifest.SinglePut([32]byte(bytes.Repeat([]byte{0x5f}, 32))),
			},
		}.Line()
		if err != nil {
			b.Fatal(err)
		}
		_, _ = text.Write(line)
	}
	if _, err := io.WriteString(file, text.String()); err != nil {
		b.Fatal(err)
	}
	return file
}

// benchRows writes one manifest, and reports its rate and the memory that the
// heap took at most.
func benchRows(b *testing.B, shard *spill.File, rows int64) {
	b.Helper()
	sent := int64(0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		sent += n
		switch {
		case r.Method == http.MethodHead:
			w.WriteHeader(http.StatusNotFound)
		case r.Method == http.MethodPost && r.URL.Query().Has("uploads"):
			_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>`)
		case r.Method == http.MethodGet:
			_, _ = io.WriteString(w, `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`)
		default:
			w.Header().Set("ETag", `"e"`)
		}
	}))
	defer server.Close()
	service := &batch.Service{Evidence: store.Store{
		Bucket: "evidence", Limiter: store.NewLimiter(8), Client: s3.New(s3.Options{
			Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true,
			Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		}),
	}}
	d := benchDataset(b, shard, rows)
	peak, stop := benchPeak()
	began, used := time.Now(), benchCPU()
	w := service.Write(b.Context(), "acme-imagenet", func(n int) string { return fmt.Sprintf("%05d.csv", n) })
	done := int64(0)
	for e, err := range d.entries() {
		if err == nil {
			err = w.Add("imagenet/2026-11/"+e.Name, e.VersionID())
		}
		if err != nil {
			b.Fatal(err)
		}
		done++
	}
	if err := w.Close(); err == nil {
		b.Fatal("the server has nothing of the manifest, and it was taken")
	}
	took := time.Since(began)
	b.ReportMetric((benchCPU() - used).Seconds(), "cpu-s")
	stop()
	if done != rows {
		b.Fatalf("%d rows", done)
	}
	b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
	b.ReportMetric(float64(*peak)/(1<<20), "MiB-heap")
	b.ReportMetric(float64(sent)/(1<<20), "MiB-sent")
}

func benchDataset(b *testing.B, shard *spill.File, rows int64) *opened {
	b.Helper()
	info, err := shard.Stat()
	if err != nil {
		b.Fatal(err)
	}
	d := &opened{}
	d.statement.Predicate.Datalock = manifest.Dataset{Bucket: "acme-imagenet", Prefix: "imagenet/2026-11"}
	for range rows / benchFiles {
		d.shards = append(d.shards, shard)
		d.statement.Predicate.Datalock.Shards = append(d.statement.Predicate.Datalock.Shards,
			manifest.Shard{Size: info.Size()})
	}
	return d
}

// benchCPU is the processor time of this process.
func benchCPU() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchPeak watches the heap until stop.
func benchPeak() (peak *uint64, stop func()) {
	percent := debug.SetGCPercent(100) // a user's, not that of the tests
	runtime.GC()
	peak = new(uint64)
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			*peak = max(*peak, m.HeapInuse+m.StackInuse)
			select {
			case <-quit:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return peak, func() { close(quit); <-ended; debug.SetGCPercent(percent) }
}
