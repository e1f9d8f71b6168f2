package prove_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"datalock/internal/prove"
)

// isRead reports whether a request reads a version's data.
func isRead(r *http.Request) bool {
	return has(r, http.MethodGet, "versionId") && r.URL.Query().Get("x-id") == "GetObject"
}

// isPut reports whether a request is a plain put of a trial's object.
func isPut(r *http.Request) bool {
	return r.Method == http.MethodPut && r.URL.Query().Get("x-id") == "PutObject" &&
		!strings.Contains(r.URL.Path, "/rights/")
}

// replace replaces an answer's body.
func replace(r *http.Response, body string) {
	_, _ = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", fmt.Sprint(len(body)))
}

func bodyOf(r *http.Response) string {
	text, _ := io.ReadAll(r.Body)
	return string(text)
}

func hideLock(r *http.Response) {
	for _, name := range []string{"Mode", "Retain-Until-Date", "Legal-Hold"} {
		r.Header.Del("X-Amz-Object-Lock-" + name)
	}
}

// A liar is the local server behind a proxy that gives wrong answers. They must
// never make a trial held, nor breached if the data is unchanged.
type liar struct {
	name   string
	before func(http.ResponseWriter, *http.Request) bool
	after  func(*http.Response)
	// want has the verdict on each trial, and a word of its reason.
	want map[string][2]string
}

const unsure, broke, ok = "inconclusive", "breached", "held"

var liars = []liar{
	{"it confirms puts and stores nothing", func(w http.ResponseWriter, r *http.Request) bool {
		if isPut(r) {
			w.Header().Set("X-Amz-Version-Id", "made-up")
		}
		return isPut(r)
	}, nil, map[string][2]string{
		"delete-version": {unsure, "before the attack"},
		"shorten":        {unsure, "before the attack"},
	}},
	{"it leaves out the version ids", nil, func(r *http.Response) {
		if isPut(r.Request) {
			r.Header.Del("X-Amz-Version-Id")
		}
	}, map[string][2]string{"delete-version": {unsure, "no version id"}, "shorten": {unsure, "no version id"}}},
	{
		"it leaves out the lock's headers",
		nil,
		hideLock,
		map[string][2]string{"delete-version": {ok, "COMPLIANCE until"}, "delete-held": {ok, "hold on"}},
	},
	{"GetObjectRetention and the headers differ", nil, func(r *http.Response) {
		if isRead(r.Request) {
			r.Header.Set("X-Amz-Object-Lock-Retain-Until-Date", time.Now().AddDate(0, 0, 1).UTC().Format(time.RFC3339))
		}
	}, map[string][2]string{"delete-version": {unsure, "the headers of GetObject say COMPLIANCE until"}}},
	{"GetObjectLegalHold and the headers differ", nil, func(r *http.Response) {
		if has(r.Request, http.MethodGet, "legal-hold") && r.StatusCode == 200 {
			replace(r, "<LegalHold><Status>OFF</Status></LegalHold>")
		}
	}, map[string][2]string{"delete-held": {unsure, "the headers of GetObject say ON"}}},
	{"it drops legal holds", nil, func(r *http.Response) {
		hideLock(r)
		if has(r.Request, http.MethodGet, "legal-hold") && r.StatusCode == 200 {
			replace(r, "<LegalHold><Status>OFF</Status></LegalHold>")
		}
	}, map[string][2]string{
		"delete-held":    {broke, "no legal hold, though it was written with one"},
		"delete-version": {ok, ""},
	}},
	{"it gives a mode that S3 doesn't have", nil, func(r *http.Response) {
		hideLock(r)
		if has(r.Request, http.MethodGet, "retention") && r.StatusCode == 200 {
			replace(r, strings.ReplaceAll(bodyOf(r), "COMPLIANCE", "SOFT"))
		}
	}, map[string][2]string{"delete-version": {unsure, `the mode "SOFT"`}}},
	{"its Date is ten minutes ahead, its locks aren't", nil, func(r *http.Response) {
		r.Header.Set("Date", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
	}, map[string][2]string{"delete-version": {unsure, "whose Date header is 10m"}, "ends-in-time": {unsure, ""}}},
	{"it answers deletes with 200 and an error", func(w http.ResponseWriter, r *http.Request) bool {
		if victimDelete(r) {
			fmt.Fprint(w, "<Error><Code>InternalError</Code></Error>")
		}
		return victimDelete(r)
	}, nil, map[string][2]string{"delete-version": {unsure, "200 InternalError (5 attempts), which decides nothing"}}},
	{"it answers reads with 200 and an error", func(w http.ResponseWriter, r *http.Request) bool {
		if isRead(r) {
			fmt.Fprint(w, "<Error><Code>InternalError</Code></Error>")
		}
		return isRead(r)
	}, nil, map[string][2]string{"delete-version": {unsure, "an error document: InternalError"}}},
	{"it answers reads with a page", func(w http.ResponseWriter, r *http.Request) bool {
		if isRead(r) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<html>log in</html>")
		}
		return isRead(r)
	}, nil, map[string][2]string{"delete-version": {unsure, "an HTML page"}}},
	{"it says 404 with a page", func(w http.ResponseWriter, r *http.Request) bool {
		if isRead(r) {
			w.WriteHeader(404)
			fmt.Fprint(w, "<html>not found</html>")
		}
		return isRead(r)
	}, nil, map[string][2]string{"delete-version": {unsure, "GetObject returned 404"}}},
	{"it answers reads with a part", nil, func(r *http.Response) {
		if isRead(r.Request) && r.StatusCode == 200 {
			r.StatusCode = http.StatusPartialContent
			replace(r, bodyOf(r)[:10])
		}
	}, map[string][2]string{"delete-version": {unsure, "only part of the object"}}},
	{"it announces more than it sends", func(w http.ResponseWriter, r *http.Request) bool {
		if isRead(r) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, "short")
		}
		return isRead(r)
	}, nil, map[string][2]string{"delete-version": {unsure, "200 OK"}}},
	{"it compresses", nil, func(r *http.Response) {
		if isRead(r.Request) && r.StatusCode == 200 {
			var small bytes.Buffer
			z := gzip.NewWriter(&small)
			_, _ = z.Write([]byte(bodyOf(r)))
			_ = z.Close()
			r.Header.Set("Content-Encoding", "gzip")
			replace(r, small.String())
		}
	}, map[string][2]string{"delete-version": {unsure, "Content-Encoding gzip"}}},
	{"it gives other bytes", nil, func(r *http.Response) {
		if isRead(r.Request) && r.StatusCode == 200 {
			replace(r, strings.Repeat("x", prove.ProbeBytes))
		}
	}, map[string][2]string{"delete-version": {broke, "bytes differ"}}},
	{"it gives another ETag", func(w http.ResponseWriter, r *http.Request) bool {
		other := victimDelete(r) && r.Header.Get("If-Match") != ""
		if other {
			refuse(w, 412, "PreconditionFailed")
		}
		return other
	}, nil, map[string][2]string{"delete-if-match": {unsure, "rejected the ETag"}, "delete-version": {ok, ""}}},
	{"it says that bodies arrive broken", func(w http.ResponseWriter, r *http.Request) bool {
		again := isPut(r) && r.Header.Get("If-None-Match") == ""
		if again {
			refuse(w, 400, "BadDigest")
		}
		return again
	}, nil, map[string][2]string{"overwrite-put": {unsure, "rejects the body as received"}}},
	{"it confirms an overwrite and lists none", func(w http.ResponseWriter, r *http.Request) bool {
		again := isPut(r) && r.Header.Get("If-None-Match") == ""
		if again {
			w.Header().Set("X-Amz-Version-Id", "made-up")
		}
		return again
	}, nil, map[string][2]string{"overwrite-put": {unsure, "no newer version is listed"}}},
}

func TestLiars(t *testing.T) {
	for _, c := range liars {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			names := make([]string, 0, len(c.want))
			for name := range c.want {
				names = append(names, name)
			}
			results, _ := attack(t, front(t, c.before, c.after), names...)
			for name, want := range c.want {
				if r := results[name]; string(r.Status) != want[0] || !strings.Contains(r.Reason, want[1]) {
					t.Errorf("%s: %s: %s; want %s, %q", name, r.Status, r.Reason, want[0], want[1])
				}
			}
		})
	}
}

// TestCopies has a cache in front of a server that deletes: outdated answers
// must not count as current ones.
func TestCopies(t *testing.T) {
	t.Parallel()
	type copied struct {
		status int
		header http.Header
		body   string
	}
	var mu sync.Mutex
	cache := map[string]copied{}
	what := func(r *http.Request) string {
		query := r.URL.Query()
		return r.URL.Path + query.Get("versionId") + query.Get("x-id")
	}
	e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		old, known := cache[what(r)]
		switch {
		case victimDelete(r):
			w.WriteHeader(http.StatusNoContent)
		case r.Method == http.MethodGet && known && r.URL.Query().Has("versionId"):
			for name, values := range old.header {
				w.Header()[name] = values
			}
			w.WriteHeader(old.status)
			fmt.Fprint(w, old.body)
		default:
			return false
		}
		return true
	}, func(r *http.Response) {
		if r.Request.Method == http.MethodGet {
			mu.Lock()
			defer mu.Unlock()
			body := bodyOf(r)
			replace(r, body)
			cache[what(r.Request)] = copied{r.StatusCode, r.Header.Clone(), body}
		}
	})
	results, _ := attack(t, e, "delete-version", "delete-presigned", "shorten")
	for name, r := range results {
		if r.Status != prove.Inconclusive || !strings.Contains(r.Reason, "it is a copy") {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
}

// TestOneWrongAnswer returns 404 once for each version: one wrong answer must
// not count as a breach.
func TestOneWrongAnswer(t *testing.T) {
	var mu sync.Mutex
	reads := map[string]int{}
	e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if isRead(r) {
			reads[r.URL.Path]++
		}
		wrong := isRead(r) && reads[r.URL.Path] == 2
		if wrong {
			refuse(w, 404, "NoSuchVersion")
		}
		return wrong
	}, nil)
	results, _ := attack(t, e, "delete-version", "delete-presigned", "shorten")
	for name, r := range results {
		if r.Status != prove.Inconclusive || !strings.Contains(r.Reason, "two reads differ: the version is gone") {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
}

// TestNoAnswer gives some deletes no answer, and sends the data of one trial at
// one byte a second: the other trials continue.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case victimDelete(r) && strings.Contains(r.URL.Path, "/delete-forced/"):
			<-r.Context().Done()
		case isRead(r) && strings.Contains(r.URL.Path, "/shorten/"):
			w.Header().Set("Content-Length", fmt.Sprint(prove.ProbeBytes))
			for range prove.ProbeBytes {
				if _, err := w.Write([]byte("x")); err != nil || r.Context().Err() != nil {
					break
				}
				_ = http.NewResponseController(w).Flush()
				time.Sleep(100 * time.Millisecond)
			}
		default:
			return false
		}
		return true
	}, nil)
	e.Timeout = time.Second
	results, _ := attack(t, e, "delete-forced", "shorten", "delete-version")
	for name, want := range map[string][2]string{
		"delete-forced": {unsure, "got no answer, though the server answers other requests"},
		"shorten":       {unsure, "GetObject returned 200 OK, but"}, "delete-version": {ok, ""},
	} {
		if r := results[name]; string(r.Status) != want[0] || !strings.Contains(r.Reason, want[1]) {
			t.Errorf("%s: %s: %s; want %s, %q", name, r.Status, r.Reason, want[0], want[1])
		}
	}
}

// TestLostVersions has listings without versions: the outcome still names them.
func TestLostVersions(t *testing.T) {
	e := front(t, nil, func(r *http.Response) {
		if has(r.Request, http.MethodGet, "versions") {
			replace(r, "<ListVersionsResult/>")
		}
	})
	c := config(e)
	c.Controls, c.Scratch, c.Keep, c.Only = false, false, true, only("delete-version", "delete-copied")
	_, outcome := run(t, c)
	if len(outcome.Left.Versions) != 3 {
		t.Errorf("left behind: %+v, want three versions", outcome.Left.Versions)
	}
	for _, v := range outcome.Left.Versions {
		if v.Lock != "COMPLIANCE" || v.Until == nil || v.VersionID == "" {
			t.Errorf("left behind: %+v", v)
		}
	}
}

// TestEverythingRefused refuses everything after a while, as S3 would: refusing
// everything is no proof of a lock.
func TestEverythingRefused(t *testing.T) {
	requests := atomic.Int64{}
	e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
		if victimDelete(r) {
			requests.Store(1)
		}
		if requests.Load() > 0 {
			refuse(w, 403, "AccessDenied")
		}
		return requests.Load() > 0
	}, nil)
	results, outcome := attack(t, e, "delete-version", "delete-presigned")
	for name, r := range results {
		if r.Status != prove.Inconclusive {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
	for _, v := range outcome.Left.Versions {
		if v.Until == nil && v.ByDefault == nil {
			t.Errorf("left behind without a date: %+v", v)
		}
	}
	if len(outcome.Left.Versions) == 0 || outcome.Left.Unlisted == "" {
		t.Errorf("left behind: %+v", outcome.Left)
	}
}
