package dataset_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"
)

// TestBusyServer: the server returns 503 to a fifth of all requests.
func TestBusyServer(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	proxy := s3proxy.Start(t, l.Endpoint)
	var busy atomic.Int64
	proxy.Faults(func(int64, *http.Request) s3proxy.Fault {
		if rand.IntN(5) == 0 {
			busy.Add(1)
			return s3proxy.Fault{Status: 503, Code: "SlowDown"}
		}
		return s3proxy.Fault{}
	})
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	dir := t.TempDir()
	write(t, dir, mixed)
	p, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), dataset.PublishOptions{})
	if err != nil || busy.Load() == 0 {
		t.Fatalf("%v, %d requests were put off", err, busy.Load())
	}
	l.whole(t, "data", "set", p.RootDigest)
	v, err := dataset.Verify(t.Context(), client, at(t, "s3://data/set"), dataset.VerifyOptions{Read: true})
	if err != nil || !v.Clean() {
		t.Errorf("%v\n%s", err, names(v))
	}
}

// networkCut is how long TestNetworkCut cuts the network. Ten seconds are more
// than the AWS SDK bridges with its three attempts. A test in
// dataset/internal/store computes that a minute is bridged too.
var networkCut = flag.Duration("network-cut", 10*time.Second, "how long TestNetworkCut cuts the network")

// TestNetworkCut: nothing reaches the server for a while.
func TestNetworkCut(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	proxy := s3proxy.Start(t, l.Endpoint)
	var until time.Time
	proxy.Faults(func(n int64, _ *http.Request) s3proxy.Fault {
		if n == 15 {
			until = time.Now().Add(*networkCut)
		}
		return s3proxy.Fault{Cut: time.Now().Before(until), After: 100}
	})
	dir := t.TempDir()
	write(t, dir, mixed)
	p, err := dataset.Publish(
		t.Context(),
		l.as(proxy.URL, l.AccessKey, l.SecretKey),
		dir,
		at(t, "s3://data/set"),
		dataset.PublishOptions{},
	)
	if err != nil || until.IsZero() {
		t.Fatalf("%v, cut until %s", err, until)
	}
	l.whole(t, "data", "set", p.RootDigest)
}

// TestCredentialsExpire: the run stops and says so, and the next one continues.
func TestCredentialsExpire(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(n int64, _ *http.Request) s3proxy.Fault {
		if n > 15 {
			return s3proxy.Fault{Status: 400, Code: "ExpiredToken"}
		}
		return s3proxy.Fault{}
	})
	dir := t.TempDir()
	write(t, dir, mixed)
	began := time.Now()
	_, err := dataset.Publish(
		t.Context(),
		l.as(proxy.URL, l.AccessKey, l.SecretKey),
		dir,
		at(t, "s3://data/set"),
		dataset.PublishOptions{Jobs: 2},
	)
	if err == nil || !strings.Contains(err.Error(), "ExpiredToken") || time.Since(began) > 20*time.Second {
		t.Fatalf("after %s: %v", time.Since(began), err)
	}
	nothingPublished(t, l, "s3://data/set")
	there := len(l.versions(t, "data", "set"))
	p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{})
	if err != nil || there == 0 || p.Kept < int64(there) {
		t.Fatalf("%v: %d were there, %d kept", err, there, p.Kept)
	}
	l.whole(t, "data", "set", p.RootDigest)
}

// TestVerifyCredentialsExpire: a verification stops and says so, although the answer to
// a HEAD has no code. What S3 can't answer for another reason is unknown, as before.
func TestVerifyCredentialsExpire(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	_, _ = l.published(t, "s3://data/set", dataset.PublishOptions{})
	proxy := s3proxy.Start(t, l.Endpoint)
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	verify := func(o dataset.VerifyOptions, fails func(*http.Request) bool) (dataset.Verification, error) {
		expired := false
		proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
			if expired = expired || fails(r); expired {
				return s3proxy.Fault{Status: 400, Code: "ExpiredToken"}
			}
			return s3proxy.Fault{}
		})
		o.Jobs = 1
		return dataset.Verify(t.Context(), client, at(t, "s3://data/set"), o)
	}
	for from, o := range map[string]dataset.VerifyOptions{
		"/data": {}, "/data/set/a.txt": {}, "/data/set/a/1.bin": {Read: true},
	} {
		v, err := verify(o, func(r *http.Request) bool { return r.URL.Path == from && !r.URL.Query().Has("versions") })
		if err == nil || !strings.Contains(err.Error(), "ExpiredToken") ||
			!strings.Contains(err.Error(), "get new credentials and run it again") || len(v.Findings) > 0 {
			t.Errorf("from %s on: %v\n%s", from, err, names(v))
		}
	}
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.Method == http.MethodHead && r.URL.Path == "/data/set/a.txt" || r.URL.Query().Has("list-type") {
			return s3proxy.Fault{Status: 400, Code: "ExpiredToken"}
		}
		return s3proxy.Fault{}
	})
	_, err := dataset.Renew(t.Context(), client, at(t, "s3://data/set"), dataset.RenewOptions{Days: 5})
	if err == nil || !strings.Contains(err.Error(), "get new credentials and run it again") {
		t.Errorf("renew: %v", err)
	}
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.Method == http.MethodHead && r.URL.Path == "/data/set/a.txt" {
			return s3proxy.Fault{Status: 400}
		}
		return s3proxy.Fault{}
	})
	v, err := dataset.Verify(t.Context(), client, at(t, "s3://data/set"), dataset.VerifyOptions{})
	if err != nil || found(v) != "unknown" || v.Checked != int64(len(mixed))-1 {
		t.Errorf("%v\n%s", err, names(v))
	}
}

// TestClockOfADenial: the time is S3's also if it denies HeadBucket, as it does if this
// machine's clock is far off or s3:ListBucket is missing. Without a time nothing is judged.
func TestClockOfADenial(t *testing.T) {
	start := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	s := newSimulated(t, start)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1})
	_, err := dataset.Publish(t.Context(), s.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{})
	must(t, err)
	s.fail = func(r *http.Request) bool { return r.Method == http.MethodHead && strings.Count(r.URL.Path, "/") < 2 }
	for _, days := range []int{1, simulatedDays} {
		s.pass(time.Duration(days) * 24 * time.Hour)
		v, err := dataset.Verify(t.Context(), s.Client, at(t, "s3://data/set"), dataset.VerifyOptions{})
		if ended := days > 1; err != nil || v.Clean() == ended || ended != (found(v) == "unlocked") {
			t.Errorf("after %d days: %v\n%s", days, err, names(v))
		}
		due, unread, err := dataset.ListDue(t.Context(), s.Client, "data", func(string) (dataset.RenewPolicy, bool) {
			return dataset.RenewPolicy{KeepDays: simulatedDays, WhenLeftDays: 10}, true
		})
		if err != nil || len(unread) > 0 || len(due) == 1 != (days > 1) {
			t.Errorf("after %d days %d are due, %v, %v", days, len(due), unread, err)
		}
	}
	s.now = time.Time{}
	if _, err = dataset.Verify(t.Context(), s.Client, at(t, "s3://data/set"), dataset.VerifyOptions{}); err == nil ||
		!strings.Contains(err.Error(), "read bucket data: the answer has no Date, so S3's time isn't known") {
		t.Errorf("without a time: %v", err)
	}
}

// TestWrongClock: S3's clock is ten minutes ahead of this machine's. The user
// is told, and dates count from S3's.
func TestWrongClock(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Answers(func(r *http.Response) {
		r.Header.Set("Date", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
	})
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1})
	var notes []string
	options := dataset.PublishOptions{Days: 3, Note: func(text string) { notes = append(notes, text) }}
	p, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), options)
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "clock is behind S3's by 10m") {
		t.Fatalf("%v, %q", err, notes)
	}
	if in := time.Until(p.Retention.Earliest) - 72*time.Hour; in < 9*time.Minute || in > 12*time.Minute {
		t.Errorf("the retention ends %s after three days", in)
	}
	var m *dataset.Mistakes
	_, err = dataset.Publish(
		t.Context(),
		client,
		dir,
		at(t, "s3://data/other"),
		dataset.PublishOptions{RetainUntil: time.Now().Add(5 * time.Minute)},
	)
	if !errors.As(err, &m) {
		t.Errorf("a date in S3's past: %v", err)
	}
}

// TestServerKeepsNoLock: a server that accepts an upload without locking it is
// found out with the first file.
func TestServerKeepsNoLock(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Answers(func(r *http.Response) {
		if r.Request.Method == http.MethodHead {
			r.Header.Set(
				"X-Amz-Object-Lock-Retain-Until-Date",
				time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
			)
		}
	})
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1, "g": 1, "h": 1})
	_, err := dataset.Publish(
		t.Context(),
		l.as(proxy.URL, l.AccessKey, l.SecretKey),
		dir,
		at(t, "s3://data/set"),
		dataset.PublishOptions{},
	)
	if err == nil || !strings.Contains(err.Error(), "isn't what the upload asked for") ||
		len(l.versions(t, "data", "set")) != 1 {
		t.Errorf("%v, %v", err, l.versions(t, "data", "set"))
	}
}
