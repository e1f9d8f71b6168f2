package prove_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3proxy"
	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// faulty is the local server behind a proxy whose faults a test sets.
type faulty struct {
	direct prove.Endpoint
	proxy  *s3proxy.Proxy
}

func startFaulty(t *testing.T) faulty {
	t.Helper()
	server := s3test.Start(t)
	direct := endpointOf(server)
	makeSubject(t, direct, types.ObjectLockRetentionModeCompliance, 90)
	return faulty{direct, s3proxy.Start(t, server.Endpoint)}
}

// config is a run through the proxy without controls.
func (f faulty) config(fault func(*http.Request) s3proxy.Fault) prove.Config {
	f.proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault { return fault(r) })
	c := config(f.direct)
	c.Endpoint.URL, c.Controls, c.Keep = f.proxy.URL, false, true
	return c
}

// behind starts a server and returns such a run on it, and the server.
func behind(t *testing.T, fault func(*http.Request) s3proxy.Fault) (prove.Config, prove.Endpoint) {
	t.Helper()
	f := startFaulty(t)
	return f.config(fault), f.direct
}

// holdsOf returns the legal holds of what a run left.
func holdsOf(t *testing.T, e prove.Endpoint, left prove.Left) (on int) {
	t.Helper()
	name := subject
	for _, v := range left.Versions {
		out, err := owner(e).GetObjectLegalHold(t.Context(),
			&s3.GetObjectLegalHoldInput{Bucket: &name, Key: &v.Key, VersionId: &v.VersionID})
		if err == nil && out.LegalHold.Status == types.ObjectLockLegalHoldStatusOn {
			on++
		}
	}
	return on
}

func isHold(r *http.Request, method string) bool {
	return has(r, method, "legal-hold") && !strings.Contains(r.URL.Path, "/rights/")
}

// TestHoldsDontStay: a legal hold has no end, so each that a trial set is removed,
// whatever happens meanwhile, or named in the report.
func TestHoldsDontStay(t *testing.T) {
	t.Parallel()
	server, refuse := startFaulty(t), s3proxy.Fault{Status: http.StatusForbidden, Code: "AccessDenied"}
	for name, c := range map[string]struct {
		fault func(*http.Request, context.CancelFunc) s3proxy.Fault
		on    int
		says  string
	}{
		"interrupted": {func(r *http.Request, stop context.CancelFunc) s3proxy.Fault {
			if isDelete(r) && strings.Contains(r.URL.Path, "/delete-held/") {
				stop()
			}
			return s3proxy.Fault{}
		}, 0, ""},
		"unreadable": {func(r *http.Request, _ context.CancelFunc) s3proxy.Fault {
			if isHold(r, http.MethodGet) {
				return refuse
			}
			return s3proxy.Fault{}
		}, 0, prove.HoldUnknown},
		"the answer to the upload is lost": {func(r *http.Request, _ context.CancelFunc) s3proxy.Fault {
			if r.Method == http.MethodPut && r.Header.Get("X-Amz-Object-Lock-Legal-Hold") != "" {
				return s3proxy.Fault{Lose: true}
			}
			return s3proxy.Fault{}
		}, 0, ""},
		"not removable": {func(r *http.Request, _ context.CancelFunc) s3proxy.Fault {
			if isHold(r, http.MethodPut) {
				return refuse
			}
			return s3proxy.Fault{}
		}, 1, prove.HoldOn},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			run := server.config(func(r *http.Request) s3proxy.Fault { return c.fault(r, stop) })
			run.Scratch, run.Only = false, only("delete-held")
			outcome, err := prove.Run(ctx, run)
			if (name == "interrupted") != (err != nil) {
				t.Error(err)
			}
			if on := holdsOf(t, server.direct, outcome.Left); on != c.on || len(outcome.Left.Versions) != 1 {
				t.Fatalf("%d legal holds stay, want %d: %+v", on, c.on, outcome.Left)
			}
			if got := outcome.Left.Versions[0].Hold; got != c.says {
				t.Errorf("the report says of the hold %q, want %q", got, c.says)
			}
		})
	}
}

// TestHoldPastTheEndInterrupted: the version was read before its hold was set, and
// the run ends before it is read again.
func TestHoldPastTheEndInterrupted(t *testing.T) {
	t.Parallel()
	server := startFaulty(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var set atomic.Bool
	c := server.config(func(r *http.Request) s3proxy.Fault {
		if isHold(r, http.MethodPut) && set.CompareAndSwap(false, true) {
			// While the trial waits for the end of the retention.
			time.AfterFunc(time.Second, stop)
		}
		return s3proxy.Fault{}
	})
	c.Scratch, c.Only = false, only("hold-outlasts")
	if _, err := prove.Run(ctx, c); err == nil || !set.Load() {
		t.Fatalf("the run ended with %v, and no hold was set: %t", err, !set.Load())
	}
	name := subject
	list, err := owner(server.direct).ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &name})
	if err != nil {
		t.Fatal(err)
	}
	var all prove.Left
	for _, v := range list.Versions {
		all.Versions = append(all.Versions, prove.LeftVersion{Key: *v.Key, VersionID: *v.VersionId})
	}
	if on := holdsOf(t, server.direct, all); on != 0 {
		t.Errorf("%d of %d versions are under a legal hold", on, len(all.Versions))
	}
}

// TestSealedHolds: no trial sets a legal hold that only a guardian could remove.
func TestSealedHolds(t *testing.T) {
	t.Parallel()
	var holds atomic.Int32
	c, _ := behind(t, func(r *http.Request) s3proxy.Fault {
		if isHold(r, http.MethodPut) || r.Header.Get("X-Amz-Object-Lock-Legal-Hold") != "" {
			holds.Add(1)
		}
		return s3proxy.Fault{}
	})
	c.Guards.Declared, c.Only = []prove.Guard{prove.SealHolds}, only("delete-held", "delete-after-hold", "hold-outlasts")
	results, _ := run(t, c)
	for name, r := range results {
		if r.Status != prove.NotApplicable {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
	if holds.Load() != 0 || len(results) != 3 {
		t.Errorf("%d legal holds were set, by %d trials", holds.Load(), len(results))
	}
}

// lockRule is the default retention of the subject, as text.
func lockRule(t *testing.T, e prove.Endpoint) string {
	t.Helper()
	name := subject
	out, err := owner(e).GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: &name})
	if err != nil || out.ObjectLockConfiguration.Rule == nil || out.ObjectLockConfiguration.Rule.DefaultRetention == nil {
		return "none"
	}
	return string(out.ObjectLockConfiguration.Rule.DefaultRetention.Mode)
}

// changesOf are the requests with which a trial changes the bucket, by trial.
var changesOf = map[string]string{
	"default-removed": "object-lock", "expire": "lifecycle", "suspend-versioning": "versioning",
}

// changed says which settings of the subject aren't as they were.
func changed(t *testing.T, e prove.Endpoint) (list []string) {
	t.Helper()
	name := subject
	if lockRule(t, e) != "COMPLIANCE" {
		list = append(list, "the lock configuration")
	}
	if _, err := owner(e).GetBucketLifecycleConfiguration(t.Context(),
		&s3.GetBucketLifecycleConfigurationInput{Bucket: &name}); err == nil {
		list = append(list, "the lifecycle rules")
	}
	out, err := owner(e).GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: &name})
	if err != nil || out.Status != types.BucketVersioningStatusEnabled {
		list = append(list, "versioning")
	}
	return list
}

// TestSettingsAreRestored loses the answers to the requests that change a bucket,
// and interrupts the run meanwhile.
func TestSettingsAreRestored(t *testing.T) {
	t.Parallel()
	server := startFaulty(t)
	for trial, query := range changesOf {
		for _, how := range []string{"interrupted", "lost"} {
			t.Run(trial+" "+how, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				var written atomic.Bool
				var changes atomic.Int32
				c := server.config(func(r *http.Request) s3proxy.Fault {
					if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/probe") {
						written.Store(true)
					}
					if !written.Load() || r.Method == http.MethodGet || !r.URL.Query().Has(query) {
						return s3proxy.Fault{}
					}
					// A request is sent five times at most.
					switch n := changes.Add(1); {
					case how == "interrupted" && n == 1:
						return s3proxy.Fault{Lose: true, Then: stop}
					case how == "lost" && n <= 5:
						return s3proxy.Fault{Lose: true}
					}
					return s3proxy.Fault{}
				})
				c.Only = only(trial)
				outcome, err := prove.Run(ctx, c)
				if (how == "interrupted") != (err != nil) {
					t.Error(err)
				}
				if list := changed(t, server.direct); changes.Load() < 2 || len(list)+len(outcome.Left.Settings) > 0 {
					t.Errorf("after %d changes %v aren't as before; left %+v", changes.Load(), list, outcome.Left)
				}
				for _, r := range outcome.Results {
					if r.Status == prove.Breached {
						t.Errorf("%s: %s", r.Status, r.Reason)
					}
				}
			})
		}
	}
}

// TestUnrestored: what can't be restored is listed, and no further trial changes
// the bucket or judges it.
func TestUnrestored(t *testing.T) {
	t.Parallel()
	var removed atomic.Bool
	c, direct := behind(t, func(r *http.Request) s3proxy.Fault {
		if isDelete(r) && strings.Contains(r.URL.Path, "/default-removed/") {
			removed.Store(true)
		}
		if removed.Load() && has(r, http.MethodPut, "object-lock") {
			return s3proxy.Fault{Status: http.StatusForbidden, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	c.Only = only("default-removed", "default-weakened", "empty-and-delete")
	results, outcome := run(t, c)
	for name, says := range map[string]string{
		"default-removed": "could not be undone", "default-weakened": "not tried: an earlier trial left the bucket changed",
		"empty-and-delete": "not tried",
	} {
		if r := results[name]; r.Status != prove.Inconclusive || !strings.Contains(r.Reason, says) {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
	if left := outcome.Left.Settings; len(left) != 1 || !strings.Contains(left[0], "the lock configuration") ||
		lockRule(t, direct) != "none" {
		t.Errorf("left behind: %v; the rule is %s", left, lockRule(t, direct))
	}
}

// TestUnreadablePolicyStays: seal-policy doesn't replace a policy that it can't
// read.
func TestUnreadablePolicyStays(t *testing.T) {
	t.Parallel()
	c, direct := behind(t, func(r *http.Request) s3proxy.Fault {
		if has(r, http.MethodGet, "policy") {
			return s3proxy.Fault{Status: http.StatusForbidden, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	const own = `{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Deny","Principal":"*","Action":"s3:PutBucketWebsite","Resource":"arn:aws:s3:::subject"}]}`
	setPolicy(t, direct, own)
	c.Guards.Declared, c.Only = []prove.Guard{prove.SealConfiguration}, only("seal-policy")
	results, _ := run(t, c)
	name := subject
	out, err := owner(direct).GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &name})
	if r := results["seal-policy"]; r.Status != prove.Inconclusive || err != nil || !strings.Contains(*out.Policy, "Own") {
		t.Errorf("%s: %s; the policy: %v", r.Status, r.Reason, err)
	}
}

// TestControlWithoutAnswer: an unanswered request in a control bucket leaves its
// trial inconclusive and doesn't stop the run.
func TestControlWithoutAnswer(t *testing.T) {
	t.Parallel()
	c, _ := behind(t, func(r *http.Request) s3proxy.Fault {
		if isDelete(r) && strings.Contains(r.URL.Path, "-without-lock/") && strings.Contains(r.URL.Path, "/delete-version/") {
			return s3proxy.Fault{Cut: true}
		}
		return s3proxy.Fault{}
	})
	c.Scratch, c.Controls, c.Only = false, true, only("delete-version", "delete-batch")
	results, _ := run(t, c)
	if r := results["delete-version"]; r.Status != prove.Inconclusive ||
		!strings.Contains(r.Reason, "could not be tried") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
	if r := results["delete-batch"]; r.Status != prove.Held {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
}

// TestLockConfigurationRefusedOtherwise: a refusal for another reason than the
// lock's shows nothing of the lock, and controls read it.
func TestLockConfigurationRefusedOtherwise(t *testing.T) {
	t.Parallel()
	c, _ := behind(t, func(r *http.Request) s3proxy.Fault {
		if has(r, http.MethodPut, "object-lock") {
			return s3proxy.Fault{Status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed"}
		}
		return s3proxy.Fault{}
	})
	c.Controls, c.Only = true, only("lock-off", "lock-empty", "default-removed", "lock-put")
	results, _ := run(t, c)
	for _, name := range []string{"lock-off", "lock-empty", "default-removed"} {
		if r := results[name]; r.Status != prove.Inconclusive || !strings.Contains(r.Reason, "405 MethodNotAllowed") {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
	if r := results["default-removed"]; r.Control.Succeeded {
		t.Errorf("the control succeeded without a change: %s", r.Control.Found)
	}
	read := false
	for _, request := range results["lock-put"].Control.Requests {
		read = read || request.Operation == "GetObjectRetention"
	}
	if r := results["lock-put"]; r.Status != prove.Held || !read {
		t.Errorf("%s: %s; its control read the lock: %t", r.Status, r.Reason, read)
	}
}

// TestControlBucketsAreEmptied: also of a version whose legal hold the control
// could not remove, and in batches.
func TestControlBucketsAreEmptied(t *testing.T) {
	t.Parallel()
	var holds, batches, single atomic.Int32
	c, _ := behind(t, func(r *http.Request) s3proxy.Fault {
		switch control := strings.HasPrefix(r.URL.Path, "/datalock-"); {
		case control && isHold(r, http.MethodPut) && holds.Add(1) == 1:
			return s3proxy.Fault{Status: http.StatusForbidden, Code: "AccessDenied"}
		case control && has(r, http.MethodPost, "delete"):
			batches.Add(1)
		case control && isDelete(r) && strings.Contains(r.URL.Path, "/hold-off-as-admin/"):
			single.Add(1)
		}
		return s3proxy.Fault{}
	})
	c.Controls, c.Guards.Declared, c.Only = true, []prove.Guard{prove.SealHolds}, only("hold-off-as-admin")
	_, outcome := run(t, c)
	if len(outcome.Left.Buckets) > 0 || holds.Load() < 2 || batches.Load() == 0 || single.Load() > 0 {
		t.Errorf("left %v; %d requests for the hold, %d batches, %d deletes of one version",
			outcome.Left.Buckets, holds.Load(), batches.Load(), single.Load())
	}
}
