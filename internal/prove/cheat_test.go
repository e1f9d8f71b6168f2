package prove_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// front puts a proxy in front of the local server, whose bucket is locked.
// before answers instead of the server, after changes an answer.
func front(
	t *testing.T, before func(http.ResponseWriter, *http.Request) bool, after func(*http.Response),
) prove.Endpoint {
	t.Helper()
	e := endpointOf(s3test.Start(t))
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	target, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	next := &httputil.ReverseProxy{
		Director: func(r *http.Request) { r.URL.Scheme, r.URL.Host = target.Scheme, target.Host },
		ModifyResponse: func(r *http.Response) error {
			if after != nil {
				after(r)
			}
			return nil
		},
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before == nil || !before(w, r) {
			next.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(proxy.Close)
	e.URL = proxy.URL
	return e
}

// attack runs trials without controls.
func attack(t *testing.T, e prove.Endpoint, names ...string) (map[string]prove.Result, prove.Outcome) {
	t.Helper()
	c := config(e)
	c.Controls, c.Scratch, c.Only = false, false, only(names...)
	return run(t, c)
}

// victimDelete reports whether a request deletes a version that a trial wrote,
// and isn't the permission check.
func victimDelete(r *http.Request) bool {
	return isDelete(r) && !strings.Contains(r.URL.Path, "/rights/")
}

// TestNoDecision: attacks that the server did not decide are inconclusive,
// whether the SDK signs them, or the trial itself, or a URL is presigned.
func TestNoDecision(t *testing.T) {
	elsewhere := atomic.Int32{}
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	for _, c := range []struct {
		name, says string
		status     int
		answer     func(http.ResponseWriter)
	}{
		{
			"overloaded",
			"503 SlowDown (5 attempts), which decides nothing",
			503,
			func(w http.ResponseWriter) { refuse(w, 503, "SlowDown") },
		},
		{
			"too many",
			"429 TooManyRequests (5 attempts), which decides",
			429,
			func(w http.ResponseWriter) { refuse(w, 429, "TooManyRequests") },
		},
		{
			"moved",
			"a redirect, which isn't followed",
			301,
			func(w http.ResponseWriter) { refuse(w, 301, "PermanentRedirect") },
		},
		{"redirected", "a redirect, which isn't followed", 307, func(w http.ResponseWriter) {
			w.Header().Set("Location", other.URL)
			w.WriteHeader(307)
		}},
		{"not S3", "without an S3 error code", 403, func(w http.ResponseWriter) {
			w.WriteHeader(403)
			fmt.Fprint(w, "<html>blocked</html>")
		}},
		{
			"another key",
			"rejects the signature",
			403,
			func(w http.ResponseWriter) { refuse(w, 403, "SignatureDoesNotMatch") },
		},
		{"not there", "but it exists", 404, func(w http.ResponseWriter) { refuse(w, 404, "NoSuchVersion") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
				if victimDelete(r) {
					c.answer(w)
				}
				return victimDelete(r)
			}, nil)
			results, _ := attack(t, e, "delete-version", "delete-forced", "delete-presigned")
			for name, r := range results {
				attacks := prove.Attacks(r.Requests)
				if r.Status != prove.Inconclusive || !strings.Contains(r.Reason, c.says) || len(attacks) != 1 ||
					attacks[0].Status != c.status {
					t.Errorf("%s: %s: %s; %d attacks", name, r.Status, r.Reason, len(attacks))
				}
			}
			if len(results) != 3 || elsewhere.Load() != 0 {
				t.Errorf("%d results; %d requests, with their signatures, followed the redirect", len(results), elsewhere.Load())
			}
		})
	}
}

// TestAskedAgain returns 503 once for each attack: the second answer counts.
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	gate := make(chan struct{}, 1)
	e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
		gate <- struct{}{}
		defer func() { <-gate }()
		if !victimDelete(r) || asked[r.URL.Path] {
			return false
		}
		asked[r.URL.Path] = true
		refuse(w, 503, "SlowDown")
		return true
	}, nil)
	results, _ := attack(t, e, "delete-version", "delete-forced", "delete-presigned")
	for name, r := range results {
		if attacks := prove.Attacks(r.Requests); r.Status != prove.Held || attacks[0].Attempts != 2 ||
			attacks[0].Code != "AccessDenied" {
			t.Errorf("%s: %s: %s, %+v", name, r.Status, r.Reason, attacks)
		}
	}
}

// TestDeviation: the server confirms deletes that it doesn't carry out.
func TestDeviation(t *testing.T) {
	e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
		if victimDelete(r) {
			w.WriteHeader(http.StatusNoContent)
		}
		return victimDelete(r)
	}, nil)
	results, _ := attack(t, e, "delete-version")
	r := results["delete-version"]
	if r.Status != prove.Held || len(r.Deviations) != 1 ||
		!strings.Contains(r.Deviations[0], "204 No Content; S3 refuses it") {
		t.Errorf("%s: %s, deviations %q", r.Status, r.Reason, r.Deviations)
	}
}

// TestMissingRights removes single permissions: nothing may be written.
func TestMissingRights(t *testing.T) {
	asks := func(method, query string) func(*http.Request) bool {
		return func(r *http.Request) bool { return has(r, method, query) }
	}
	bypasses := func(r *http.Request) bool { return r.Header.Get("X-Amz-Bypass-Governance-Retention") != "" }
	for action, needs := range map[string]func(*http.Request) bool{
		"s3:GetObjectRetention": asks(http.MethodGet, "retention"),
		"s3:GetObjectLegalHold": asks(http.MethodGet, "legal-hold"),
		"s3:PutObjectRetention": asks(http.MethodPut, "retention"),
		"s3:PutObjectLegalHold": asks(http.MethodPut, "legal-hold"),
		"s3:ListBucketVersions": asks(http.MethodGet, "versions"), "s3:BypassGovernanceRetention": bypasses,
		"s3:AbortMultipartUpload": asks(http.MethodDelete, "uploadId"),
		"s3:DeleteObjectVersion": func(r *http.Request) bool {
			return !bypasses(r) && (isDelete(r) || has(r, http.MethodPost, "delete"))
		},
		"s3:DeleteObject": func(r *http.Request) bool {
			return r.Method == http.MethodDelete && len(r.URL.Query()) == 1 && r.URL.Query().Has("x-id")
		},
	} {
		puts := atomic.Int32{}
		e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/probe") {
				puts.Add(1)
			}
			if needs(r) {
				refuse(w, 403, "AccessDenied")
			}
			return needs(r)
		}, nil)
		c := config(e)
		c.Only = only("delete-*")
		_, err := prove.Run(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), action+" (returned ") ||
			strings.Count(err.Error(), "s3:") != strings.Count(err.Error(), action+" ") || puts.Load() != 0 {
			t.Errorf("without %s: %v; %d objects were written", action, err, puts.Load())
		}
	}
}

// TestWhatCantBeReadIsUnknown removes a permission during the run.
func TestWhatCantBeReadIsUnknown(t *testing.T) {
	e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
		lost := has(r, http.MethodGet, "legal-hold") && !strings.Contains(r.URL.Path, "/rights/")
		if lost {
			refuse(w, 403, "AccessDenied")
		}
		return lost
	}, nil)
	results, _ := attack(t, e, "delete-held", "delete-version")
	for name, r := range results {
		if r.Status != prove.Inconclusive ||
			!strings.Contains(r.Reason, "the legal hold: GetObjectLegalHold returned 403 AccessDenied") {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
}

// TestClock has a server whose clock, in its Date header and in the retention
// it sets, is ten minutes ahead.
func TestClock(t *testing.T) {
	const ahead = 10 * time.Minute
	e := front(t, nil, func(r *http.Response) {
		r.Header.Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		if has(r.Request, http.MethodGet, "retention") && r.StatusCode == 200 {
			_ = r.Body.Close()
			until := time.Now().Add(ahead).AddDate(0, 0, 90).UTC().Format(time.RFC3339)
			text := "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>" + until + "</RetainUntilDate></Retention>"
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
			r.Header.Set("Content-Length", fmt.Sprint(len(text)))
		}
	})
	results, outcome := attack(t, e, "lock-put", "delete-version")
	for name, r := range results {
		if r.Status != prove.Held {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
	if off := outcome.ClockAhead - ahead; off.Abs() > 2*time.Second {
		t.Errorf("the server's clock is said to be %s ahead, want %s", outcome.ClockAhead, ahead)
	}
}

// TestWatch deletes a version some seconds after the attack was refused.
func TestWatch(t *testing.T) {
	t.Parallel()
	for watch, want := range map[time.Duration]prove.Status{0: prove.Held, 6 * time.Second: prove.Breached} {
		doomed := atomic.Int64{}
		e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
			if victimDelete(r) {
				doomed.Store(time.Now().Add(4 * time.Second).UnixNano())
			}
			gone := doomed.Load() != 0 && time.Now().UnixNano() > doomed.Load()
			if gone && r.Method == http.MethodGet {
				refuse(w, 404, "NoSuchVersion")
				return true
			}
			return false
		}, nil)
		c := config(e)
		c.Controls, c.Scratch, c.Only, c.Watch = false, false, only("delete-version"), watch
		results, outcome := run(t, c)
		r := results["delete-version"]
		if r.Status != want || outcome.Watched < watch-time.Second {
			t.Errorf("watched for %s: %s: %s; said to be watched for %s", watch, r.Status, r.Reason, outcome.Watched)
		}
		if want == prove.Breached && !strings.Contains(r.Reason, "after the attack, the version is gone") {
			t.Errorf("the reason is %q", r.Reason)
		}
	}
}

// TestLongAnswers returns endless refusals.
func TestLongAnswers(t *testing.T) {
	sent := atomic.Int64{}
	e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !victimDelete(r) {
			return false
		}
		w.WriteHeader(403)
		junk := []byte(strings.Repeat("x", 1<<20))
		for range 300 {
			n, err := w.Write(junk)
			sent.Add(int64(n))
			if err != nil {
				break
			}
		}
		return true
	}, nil)
	results, _ := attack(t, e, "delete-version", "delete-presigned")
	for name, r := range results {
		if r.Status != prove.Inconclusive {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
		for _, request := range r.Requests {
			if len(request.Message) > 1000 {
				t.Errorf("%s: a message of %d bytes is kept", name, len(request.Message))
			}
		}
	}
	if got := sent.Load(); got > 200<<20 {
		t.Errorf("%d MB of refusals were read", got>>20)
	}
}

// TestNoSecretsInErrors breaks every connection of a presigned request, and
// echoes its URL.
func TestNoSecretsInErrors(t *testing.T) {
	t.Parallel()
	e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case !r.URL.Query().Has("X-Amz-Signature"):
			return false
		case strings.Contains(r.URL.Path, "/delete-by-read-url/"):
			w.WriteHeader(403)
			fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>%s</Message></Error>",
				strings.ReplaceAll(r.URL.String(), "&", "&amp;"))
			return true
		}
		panic(http.ErrAbortHandler)
	}, nil)
	c := config(e)
	c.Controls, c.Scratch, c.Only = false, false, only("delete-by-read-url", "delete-presigned")
	outcome, err := prove.Run(t.Context(), c)
	text := fmt.Sprint(err)
	for _, r := range outcome.Results {
		if r.Status == prove.Held && r.Trial.Name == "delete-presigned" {
			t.Errorf("%s held: %s", r.Trial.Name, r.Reason)
		}
	}
	for _, r := range outcome.Results {
		text += fmt.Sprintf("%+v", r)
	}
	if strings.Contains(text, "Signature=") && !strings.Contains(text, "Signature=REDACTED") ||
		strings.Contains(text, "X-Amz-Credential=A") {
		t.Errorf("a signature is told: %s", text)
	}
}

// TestExemptOwner attacks guards as the only user, who is exempt from policies:
// such trials are neither breached nor held.
func TestExemptOwner(t *testing.T) {
	e := endpointOf(s3test.Start(t))
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	c := config(e)
	c.Endpoint.Credentials = map[prove.Principal]aws.CredentialsProvider{prove.Owner: e.Credentials[prove.Owner]}
	c.Guards = prove.ReadGuards(policy, subject)
	c.Only = only("hide-as-admin", "weaker-mode")
	results, outcome := run(t, c)
	for name, r := range results {
		if r.Status != prove.Inconclusive ||
			!strings.Contains(r.Reason, "bucket policies don't apply to the credentials of the owner") {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
	if len(outcome.Exempt) != 1 || len(results) != 2 {
		t.Errorf("exempt: %v, %d results", outcome.Exempt, len(results))
	}
}
