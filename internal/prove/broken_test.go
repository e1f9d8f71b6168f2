package prove_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3test"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A broken server is the local one behind a proxy that breaks one rule, as real
// servers do. Requests keep their Host, so signatures stay valid.
type broken struct {
	mu sync.Mutex
	// gone has the versions that the server lost, retention the retention it
	// was given for each, forgotten the keys whose retention it no longer
	// knows.
	gone      map[string]bool
	retention map[string]string
	forgotten map[string]bool
	rotten    map[string]bool
	// readings counts the reads of each object.
	readings map[string]int
}

// A fault answers a request instead of the server, or returns false.
type fault func(b *broken, w http.ResponseWriter, r *http.Request) (answered bool)

func version(r *http.Request) string { return r.URL.Path + "?" + r.URL.Query().Get("versionId") }

func isDelete(r *http.Request) bool {
	return r.Method == http.MethodDelete && r.URL.Query().Has("versionId")
}

func has(r *http.Request, method, query string) bool {
	return r.Method == method && r.URL.Query().Has(query)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>broken</Message></Error>", code)
}

// The faults.
func bypassDeletes(b *broken, w http.ResponseWriter, r *http.Request) bool {
	if !isDelete(r) || r.Header.Get("X-Amz-Bypass-Governance-Retention") == "" {
		return false
	}
	b.gone[version(r)] = true
	w.WriteHeader(http.StatusNoContent)
	return true
}

func deniesButDeletes(b *broken, w http.ResponseWriter, r *http.Request) bool {
	if !isDelete(r) {
		return false
	}
	b.gone[version(r)] = true
	refuse(w, http.StatusForbidden, "AccessDenied")
	return true
}

func confirmsButKeeps(_ *broken, w http.ResponseWriter, r *http.Request) bool {
	if isDelete(r) {
		w.WriteHeader(http.StatusNoContent)
	}
	return isDelete(r)
}

func batchDeletes(b *broken, w http.ResponseWriter, r *http.Request) bool {
	if !has(r, http.MethodPost, "delete") {
		return false
	}
	var request struct {
		Object []struct{ Key, VersionId string }
	}
	text, _ := io.ReadAll(r.Body)
	_ = xml.Unmarshal(text, &request)
	for _, object := range request.Object {
		b.gone["/"+subject+"/"+object.Key+"?"+object.VersionId] = true
	}
	fmt.Fprint(w, "<DeleteResult/>")
	return true
}

func retentionChanges(b *broken, w http.ResponseWriter, r *http.Request) bool {
	if has(r, http.MethodPut, "retention") {
		text, _ := io.ReadAll(r.Body)
		b.retention[version(r)] = string(text)
		return true
	}
	said, ok := b.retention[version(r)]
	if has(r, http.MethodGet, "retention") && ok {
		fmt.Fprint(w, said)
		return true
	}
	return false
}

func partsUnlocked(b *broken, w http.ResponseWriter, r *http.Request) bool {
	if has(r, http.MethodPost, "uploadId") {
		b.forgotten[r.URL.Path] = true
	}
	if has(r, http.MethodGet, "retention") && b.forgotten[r.URL.Path] {
		refuse(w, http.StatusNotFound, "NoSuchObjectLockConfiguration")
		return true
	}
	return false
}

func shortDefault(_ *broken, w http.ResponseWriter, r *http.Request) bool {
	if !has(r, http.MethodGet, "retention") {
		return false
	}
	fmt.Fprintf(w, "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>%s</RetainUntilDate></Retention>",
		time.Now().AddDate(0, 0, 1).UTC().Format(time.RFC3339))
	return true
}

func everyWriterWins(_ *broken, w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPut || r.Header.Get("If-None-Match") == "" || !strings.HasSuffix(r.URL.Path, "race/probe") {
		return false
	}
	w.Header().Set("X-Amz-Version-Id", "made-up")
	return true
}

// rots returns other bytes for a version once its key was written again, as a
// server that overwrites in place does.
func rots(b *broken, w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodPut && r.URL.RawQuery == "x-id=PutObject" {
		b.rotten[r.URL.Path] = b.forgotten[r.URL.Path]
		b.forgotten[r.URL.Path] = true
	}
	if r.Method == http.MethodGet && b.rotten[r.URL.Path] && r.URL.Query().Get("x-id") == "GetObject" {
		fmt.Fprint(w, "other bytes")
		return true
	}
	return false
}

// forgets no longer knows a retention some time after it was requested.
func forgets(b *broken, w http.ResponseWriter, r *http.Request) bool {
	if !has(r, http.MethodGet, "retention") || !strings.Contains(r.URL.Path, "/delete-version/") {
		return false
	}
	first, ok := b.retention[version(r)]
	if !ok {
		b.retention[version(r)] = time.Now().Format(time.RFC3339Nano)
		return false
	}
	if asked, _ := time.Parse(time.RFC3339Nano, first); time.Since(asked) < 2*time.Second {
		return false
	}
	refuse(w, http.StatusNotFound, "NoSuchObjectLockConfiguration")
	return true
}

// hidesFromReaders accepts what it should refuse, and hides it from readers.
func hidesFromReaders(_ *broken, w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/wrong-md5/") {
		return true
	}
	if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/wrong-md5/") {
		refuse(w, http.StatusInternalServerError, "InternalError")
		return true
	}
	return false
}

// tellsABit returns the beginning of the data to requests without a signature.
func tellsABit(_ *broken, w http.ResponseWriter, r *http.Request) bool {
	open := r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && !r.URL.Query().Has("X-Amz-Signature")
	if open {
		fmt.Fprint(w, "d")
	}
	return open
}

// suspendsInSecret reports that versioning is enabled, but overwrites.
func suspendsInSecret(b *broken, w http.ResponseWriter, r *http.Request) bool {
	switch {
	case has(r, http.MethodPut, "versioning"):
		text, _ := io.ReadAll(r.Body)
		b.forgotten["suspended"] = strings.Contains(string(text), "Suspended")
		return true
	case r.Method == http.MethodPut && r.URL.RawQuery == "x-id=PutObject" && b.forgotten["suspended"]:
		b.rotten[r.URL.Path] = true
	case r.Method == http.MethodGet && r.URL.Query().Has("versionId") && b.rotten[r.URL.Path]:
		refuse(w, http.StatusNotFound, "NoSuchVersion")
		return true
	}
	return false
}

// isOverloaded refuses or cuts off every other read of the same object, however
// many run at once.
func isOverloaded(b *broken, w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "probe") {
		return false
	}
	query := r.URL.Query()
	what := r.URL.Path + query.Get("versionId") + query.Get("x-id")
	b.readings[what]++
	switch b.readings[what] % 4 {
	case 1:
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
	case 3:
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "cut")
	default:
		return false
	}
	return true
}

func startBroken(t *testing.T, f fault, bucket string) prove.Endpoint {
	t.Helper()
	e := endpointOf(s3test.Start(t))
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	target, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	b := &broken{
		gone:      map[string]bool{},
		retention: map[string]string{},
		forgotten: map[string]bool{},
		rotten:    map[string]bool{},
		readings:  map[string]int{},
	}
	next := &httputil.ReverseProxy{
		Director: func(r *http.Request) { r.URL.Scheme, r.URL.Host = target.Scheme, target.Host },
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/"+bucket) {
			next.ServeHTTP(w, r)
			return
		}
		b.mu.Lock()
		answered := b.gone[version(r)] && r.Method == http.MethodGet
		if answered {
			refuse(w, http.StatusNotFound, "NoSuchVersion")
		} else {
			text, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(text))
			if answered = f(b, w, r); !answered {
				r.Body = io.NopCloser(bytes.NewReader(text))
			}
		}
		b.mu.Unlock()
		if !answered {
			next.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(proxy.Close)
	e.URL = proxy.URL
	return e
}

// TestBrokenServers checks that the trials find each fault, and find it in the
// data: a server's answer alone neither fails nor passes a trial.
func TestBrokenServers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault fault
		run   []string
		// breaches are the trials that must find the fault, unsure those that
		// it makes inconclusive.
		breaches, unsure []string
	}{
		{
			"a bypass deletes in COMPLIANCE",
			bypassDeletes,
			[]string{"delete-version*", "delete-noncurrent", "hide"},
			[]string{"delete-version-bypass", "delete-version-as-writer", "delete-noncurrent"},
			nil,
		},
		{
			"a batch deletes",
			batchDeletes,
			[]string{"delete-batch*", "delete-version"},
			[]string{"delete-batch", "delete-batch-bypass"},
			nil,
		},
		{
			"it denies, but deletes",
			deniesButDeletes,
			[]string{"delete-version", "delete-presigned", "delete-unsigned", "hide"},
			[]string{"delete-version", "delete-presigned", "delete-unsigned"},
			nil,
		},
		{"it confirms, but keeps", confirmsButKeeps, []string{"delete-version*", "delete-copied", "shorten"}, nil, nil},
		{
			"retention can be changed",
			retentionChanges,
			[]string{"shorten*", "to-governance", "lengthen", "delete-version"},
			[]string{
				"lengthen", "shorten", "shorten-by-a-second", "shorten-bypass", "shorten-copied",
				"shorten-multipart", "shorten-noncurrent", "to-governance",
			},
			nil,
		},
		{
			"uploads in parts get no retention",
			partsUnlocked,
			[]string{"lock-*", "delete-multipart"},
			[]string{"delete-multipart", "lock-multipart"},
			nil,
		},
		{
			"the default is shorter than declared",
			shortDefault,
			[]string{"lock-put", "delete-version"},
			[]string{"delete-version", "lock-put"},
			nil,
		},
		{"every writer wins", everyWriterWins, []string{"race*", "wrong-md5"}, []string{"race"}, nil},
		{
			"an overwrite reaches the old version",
			rots,
			[]string{"overwrite-put", "delete-version"},
			[]string{"overwrite-put"},
			nil,
		},
		{"it forgets after a while", forgets, []string{"delete-version", "hold-outlasts"}, []string{"delete-version"}, nil},
		{
			"it stores what it should refuse, out of sight",
			hidesFromReaders,
			[]string{"wrong-md5", "delete-version"},
			nil,
			[]string{"wrong-md5"},
		},
		{
			"it tells a bit of the data",
			tellsABit,
			[]string{"read-unsigned", "read-wrong-secret"},
			[]string{"read-unsigned"},
			nil,
		},
		{
			"versioning is suspended in secret",
			suspendsInSecret,
			[]string{"suspend-versioning", "delete-version"},
			[]string{"suspend-versioning"},
			nil,
		},
		{"it is overloaded now and then", isOverloaded, []string{"delete-version*", "shorten", "hide", "lock-put"}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(startBroken(t, c.fault, subject))
			cfg.Only = only(c.run...)
			cfg.Expected = settings.DefaultRetention()
			results, _ := run(t, cfg)
			got := map[prove.Status][]string{}
			for name, r := range results {
				got[r.Status] = append(got[r.Status], name)
			}
			for status, want := range map[prove.Status][]string{
				prove.Breached:      c.breaches,
				prove.Inconclusive:  c.unsure,
				prove.NotApplicable: nil,
			} {
				slices.Sort(got[status])
				slices.Sort(want)
				if !slices.Equal(got[status], want) {
					t.Errorf("%s: %v, want %v", status, got[status], want)
					for _, name := range got[status] {
						t.Logf("%s: %s", name, results[name].Reason)
					}
				}
			}
		})
	}
}

// TestSurveyRefusesAnUnknownMode: a mode that S3 doesn't have is refused.
func TestSurveyRefusesAnUnknownMode(t *testing.T) {
	e := startBroken(t, func(_ *broken, w http.ResponseWriter, r *http.Request) bool {
		if has(r, http.MethodGet, "object-lock") {
			fmt.Fprint(w, "<ObjectLockConfiguration><Rule><DefaultRetention><Mode>&lt;script></Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>")
		}
		return has(r, http.MethodGet, "object-lock")
	}, subject)
	if _, _, err := prove.Survey(t.Context(), e, subject); err == nil ||
		!strings.Contains(err.Error(), "which S3 doesn't have") {
		t.Errorf("got %v", err)
	}
}

// TestControlsThatFail: a trial is inconclusive if its attack fails in its
// control.
func TestControlsThatFail(t *testing.T) {
	t.Parallel()
	never := func(_ *broken, w http.ResponseWriter, r *http.Request) bool {
		if isDelete(r) && strings.HasSuffix(r.URL.Path, "/probe") || has(r, http.MethodPost, "delete") {
			refuse(w, http.StatusForbidden, "AccessDenied")
			return true
		}
		return false
	}
	cfg := config(startBroken(t, never, "datalock-"))
	cfg.Only = only("delete-version", "shorten", "overwrite-put", "read-unsigned")
	results, outcome := run(t, cfg)
	for name, want := range map[string]prove.Status{
		"delete-version": prove.Inconclusive,
		"shorten":        prove.Inconclusive,
		"overwrite-put":  prove.Held,
		"read-unsigned":  prove.Held,
	} {
		if r := results[name]; r.Status != want {
			t.Errorf("%s: %s (%s), want %s", name, r.Status, r.Reason, want)
		}
	}
	if len(outcome.Left.Buckets) == 0 {
		t.Error("the control buckets that could not be removed aren't named")
	}
}

// TestServerGone: a run without a server ends soon, and names the trial that
// noticed.
func TestServerGone(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	e := endpointOf(server)
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	cfg := config(e)
	cfg.Controls = false
	cfg.Progress = func(done, _ int, _ prove.Result) {
		if done == 3 {
			server.Stop()
		}
	}
	began := time.Now()
	outcome, err := prove.Run(t.Context(), cfg)
	if err == nil || !strings.Contains(err.Error(), "can't be reached") {
		t.Errorf("got %v", err)
	}
	if n := len(outcome.Results); n < 3 || n > 20 {
		t.Errorf("%d results came before the end", n)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Error("it took " + strconv.Itoa(int(took.Seconds())) + " s to notice")
	}
}
