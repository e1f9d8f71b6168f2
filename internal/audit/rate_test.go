package audit_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"datalock/internal/audit"
	"datalock/internal/testkit/s3proxy"
	"datalock/settings"
)

// testRate asks slowly, and of a server that asks for less.
func testRate(t *testing.T, l testServer) {
	proxy := s3proxy.Start(t, l.PlainEndpoint)
	c := audit.Config{S3: l.as("root", proxy.URL), Bucket: "versions", Wanted: settings.DefaultBucket(), Rate: 20}
	began := time.Now()
	slow := l.audited(t, c)
	// 14 versions, two of which at once.
	if took := time.Since(began); took < 500*time.Millisecond || slow.Versions.Versions != 14 {
		t.Errorf("%d versions took %s", slow.Versions.Versions, took)
	}
	var busy atomic.Int64
	proxy.Faults(func(n int64, r *http.Request) s3proxy.Fault {
		// One version is refused more often than the SDK tries by itself.
		again := strings.HasSuffix(r.URL.Path, "/soon") && busy.Add(1) <= 3
		if r.Method == http.MethodHead && (again || n%5 == 0) {
			return s3proxy.Fault{Status: http.StatusServiceUnavailable, Code: "SlowDown"}
		}
		return s3proxy.Fault{}
	})
	c.Rate, c.Wanted.WriteOnce = 0, true
	checkVersions(t, l.audited(t, c))
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.Method == http.MethodHead && strings.HasSuffix(r.URL.Path, "/soon") {
			return s3proxy.Fault{Status: http.StatusNotFound}
		}
		return s3proxy.Fault{}
	})
	b := l.audited(t, c)
	if b.Versions.Versions != 13 || len(b.Notes) != 1 || !strings.Contains(b.Notes[0], "1 version gone") {
		t.Errorf("a version that was deleted meanwhile: %d versions, %v", b.Versions.Versions, b.Notes)
	}
}
