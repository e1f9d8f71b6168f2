package dataset_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// simulated is a bucket in memory with a clock that a test sets. A dataset uses
// the time in S3's answers, so ten years pass for it in a second.
type simulated struct {
	*s3.Client
	mu       sync.Mutex
	now      time.Time
	versions map[string][]*simulatedVersion // oldest first
	ids      int
	// fail selects the requests that get 403.
	fail func(*http.Request) bool
}

type simulatedVersion struct {
	id, mode string
	body     []byte
	until    time.Time
	// renewals counts the requests that changed its retention.
	renewals int
	written  time.Time
}

const simulatedDays = 90

func newSimulated(t *testing.T, now time.Time) *simulated {
	t.Helper()
	s := &simulated{now: now, versions: map[string][]*simulatedVersion{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.Client = s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
	return s
}

func (s *simulated) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *simulated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Date", s.now.UTC().Format(http.TimeFormat))
	if s.now.IsZero() {
		w.Header()["Date"] = nil // none
	}
	if s.fail != nil && s.fail(r) {
		refuse(w, 403, "AccessDenied")
		return
	}
	_, key, ofKey := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if ofKey && key != "" {
		s.object(w, r, key, body)
		return
	}
	switch query := r.URL.Query(); {
	case r.Method == http.MethodHead:
	case query.Has("versioning"):
		_, _ = io.WriteString(w, `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
	case query.Has("object-lock"):
		_, _ = fmt.Fprintf(w, `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>`+
			`<Mode>COMPLIANCE</Mode><Days>%d</Days></DefaultRetention></Rule></ObjectLockConfiguration>`, simulatedDays)
	case query.Has("policy"):
		refuse(w, 404, "NoSuchBucketPolicy")
	case query.Has("uploads"):
		_, _ = io.WriteString(w, `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`)
	case query.Has("versions"):
		s.list(w, query.Get("prefix"))
	default:
		refuse(w, 501, "NotImplemented")
	}
}

func (s *simulated) list(w io.Writer, prefix string) {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(s.versions)) {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		for i, v := range slices.Backward(s.versions[key]) {
			fmt.Fprintf(&b, `<Version><Key>%s</Key><VersionId>%s</VersionId>`, key, v.id)
			fmt.Fprintf(&b, `<IsLatest>%t</IsLatest><Size>%d</Size></Version>`, i == len(s.versions[key])-1, len(v.body))
		}
	}
	_, _ = fmt.Fprintf(w, `<ListVersionsResult><IsTruncated>false</IsTruncated>%s</ListVersionsResult>`, b.String())
}

func (s *simulated) object(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	query := r.URL.Query()
	if r.Method == http.MethodPut && !query.Has("retention") {
		s.put(w, r, key, body)
		return
	}
	v := s.version(key, query.Get("versionId"))
	switch {
	case v == nil:
		refuse(w, 404, "NoSuchVersion")
	case r.Method == http.MethodPut:
		v.retain(w, s.now, body)
	case query.Has("retention"):
		_, _ = fmt.Fprintf(w, `<Retention><Mode>%s</Mode><RetainUntilDate>%s</RetainUntilDate></Retention>`,
			v.mode, v.until.Format(time.RFC3339))
	default:
		sum := sha256.Sum256(v.body)
		h := w.Header()
		h.Set("X-Amz-Version-Id", v.id)
		h.Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
		h.Set("X-Amz-Object-Lock-Mode", v.mode)
		h.Set("X-Amz-Object-Lock-Retain-Until-Date", v.until.Format(time.RFC3339))
		h.Set("Content-Length", fmt.Sprint(len(v.body)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(v.body)
		}
	}
}

func (s *simulated) version(key, id string) *simulatedVersion {
	for _, v := range slices.Backward(s.versions[key]) {
		if id == "" || v.id == id {
			return v
		}
	}
	return nil
}

func (s *simulated) put(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	if len(s.versions[key]) > 0 {
		refuse(w, 412, "PreconditionFailed")
		return
	}
	s.ids++
	v := &simulatedVersion{
		id: fmt.Sprint("v", s.ids), body: body, written: s.now,
		mode: "COMPLIANCE", until: s.now.AddDate(0, 0, simulatedDays),
	}
	if until := r.Header.Get("X-Amz-Object-Lock-Retain-Until-Date"); until != "" {
		v.until, _ = time.Parse(time.RFC3339, until)
	}
	s.versions[key] = append(s.versions[key], v)
	w.Header().Set("X-Amz-Version-Id", v.id)
}

// retain holds COMPLIANCE mode: a lock is lengthened or stays.
func (v *simulatedVersion) retain(w http.ResponseWriter, now time.Time, body []byte) {
	var to struct {
		Mode            string
		RetainUntilDate time.Time
	}
	if err := xml.Unmarshal(body, &to); err != nil || to.Mode != "COMPLIANCE" || !to.RetainUntilDate.After(now) {
		refuse(w, 400, "MalformedXML")
		return
	}
	if v.until.After(now) && to.RetainUntilDate.Before(v.until) {
		refuse(w, 403, "AccessDenied")
		return
	}
	v.until = to.RetainUntilDate
	v.renewals++
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<Error><Code>%s</Code></Error>`, code)
}

// unlocked are the versions whose lock has ended.
func (s *simulated) unlocked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for key, versions := range s.versions {
		for _, v := range versions {
			if !v.until.After(s.now) {
				all = append(all, url.PathEscape(key)+" since "+v.until.Format(time.DateOnly))
			}
		}
	}
	return all
}
