package prove_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3test"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// reportsPolicy has every guard of a bucket without Object Lock.
const reportsPolicy = `{"Version":"2012-10-17","Statement":[
 {"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::subject","arn:aws:s3:::subject/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
 {"Sid":"OldTLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::subject","arn:aws:s3:::subject/*"],"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}},
 {"Sid":"Encryption","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"Null":{"s3:x-amz-server-side-encryption":"false"},"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}},
 {"Sid":"Customer","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"false"}}},
 {"Sid":"Deletion","Effect":"Deny","Principal":"*","Action":["s3:DeleteObject","s3:DeleteObjectVersion"],"Resource":"arn:aws:s3:::subject/*"},
 {"Sid":"Seal","Effect":"Deny","Principal":"*","Action":["s3:PutBucketObjectLockConfiguration","s3:PutLifecycleConfiguration","s3:PutBucketPolicy","s3:DeleteBucketPolicy"],"Resource":"arn:aws:s3:::subject"},
 {"Sid":"ACLs","Effect":"Deny","Principal":"*","Action":["s3:PutObjectAcl","s3:PutObjectVersionAcl"],"Resource":"arn:aws:s3:::subject/*","Condition":{"StringNotEqualsIfExists":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]}`

// unlocked is a whole run against a versioned bucket without Object Lock.
func unlocked(t *testing.T, e prove.Endpoint) prove.Config {
	t.Helper()
	c, name := owner(e), subject
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name})
	if err == nil {
		_, err = c.PutBucketVersioning(
			t.Context(),
			&s3.PutBucketVersioningInput{Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{
				Status: types.BucketVersioningStatusEnabled,
			}},
		)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := config(e)
	all.Expected, all.Unlocked, all.Guards = settings.Retention{}, "it holds reports", prove.ReadGuards(
		reportsPolicy,
		subject,
	)
	return all
}

// TestWithoutLock attacks the policy of a bucket without Object Lock. Without its
// guards each attack succeeds, but for those that the server itself refuses.
func TestWithoutLock(t *testing.T) {
	t.Parallel()
	e := endpointOf(s3test.Start(t, "--tls"))
	c := unlocked(t, e)
	itself := []string{"acl", "read-in-clear", "read-by-old-tls", "wrong-sha256", "wrong-crc32", "wrong-md5"}
	bare := c
	bare.Controls = false
	results, _ := run(t, bare)
	for _, trial := range prove.TableWithoutLock() {
		r := results[trial.Name]
		if trial.Group == prove.Identity && trial.Guard == "" || slices.Contains(itself, trial.Name) {
			continue
		}
		if r.Status != prove.Breached {
			t.Errorf("without its guard, %s: %s: %s", trial.Name, r.Status, r.Reason)
		}
	}
	name := subject
	if _, err := owner(
		e,
	).PutPublicAccessBlock(
		t.Context(),
		&s3.PutPublicAccessBlockInput{Bucket: &name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(
				true,
			),
			BlockPublicPolicy:     aws.Bool(true),
			IgnorePublicAcls:      aws.Bool(true),
			RestrictPublicBuckets: aws.Bool(true),
		}},
	); err != nil {
		t.Fatal(err)
	}
	setPolicy(t, e, reportsPolicy)
	c.Run = prove.NewRun(time.Now())
	results, outcome := run(t, c)
	fits := 0
	for _, r := range outcome.Results {
		if r.Status == prove.NotApplicable && r.Reason == c.Unlocked {
			continue
		}
		fits++
		if r.Status != prove.Held || !r.Control.Succeeded {
			t.Errorf("%s: %s: %s, its control %+v", r.Trial.Name, r.Status, r.Reason, r.Control)
		}
	}
	if fits != len(prove.TableWithoutLock()) || len(results) != len(prove.Table())+1 {
		t.Errorf("%d of %d trials ran, of the %d in the table", fits, len(results), len(prove.TableWithoutLock()))
	}
	if outcome.Watched == 0 || len(outcome.Left.Versions) == 0 || outcome.Left.Versions[0].Lock != "none" ||
		!outcome.Left.Versions[0].Denied {
		t.Errorf("watched %s, left %+v", outcome.Watched, outcome.Left.Versions)
	}
	if plan := prove.PlanOf(c, time.Now()); plan.Trials != fits {
		t.Errorf("the plan has %d trials, %d ran", plan.Trials, fits)
	}
}

// TestVersioningNeverEnabled: a version without an id can't be attacked by its
// id, so the trials of deletion don't hold there.
func TestVersioningNeverEnabled(t *testing.T) {
	t.Parallel()
	e, name := endpointOf(s3test.Start(t, "--tls")), subject
	if _, err := owner(e).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	setPolicy(t, e, reportsPolicy)
	c := config(e)
	c.Expected, c.Unlocked, c.Guards = settings.Retention{}, "it holds reports", prove.ReadGuards(reportsPolicy, subject)
	c.Controls, c.Only = false, only("delete-version", "delete-presigned")
	results, _ := run(t, c)
	for name, r := range results {
		if r.Status != prove.Inconclusive || !strings.Contains(r.Reason, "no version id") {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
	if len(results) != 2 {
		t.Errorf("%d results", len(results))
	}
}

// TestPublicPolicy: an unreadable policy isn't taken for none, a restored one is
// read again, and the control doesn't need a bucket that is open to the public.
func TestPublicPolicy(t *testing.T) {
	t.Parallel()
	isPolicy := func(r *http.Request, method string) bool {
		return has(r, method, "policy") && strings.TrimSuffix(r.URL.Path, "/") == "/"+subject
	}
	const harmless = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutBucketWebsite","Resource":"arn:aws:s3:::subject"}]}`
	for _, c := range []struct {
		name    string
		before  func(sent *atomic.Int32, w http.ResponseWriter, r *http.Request) bool
		status  prove.Status
		reason  string
		changes int32
	}{
		{"unreadable", func(_ *atomic.Int32, w http.ResponseWriter, r *http.Request) bool {
			if isPolicy(r, http.MethodGet) {
				refuse(w, http.StatusForbidden, "AccessDenied")
			}
			return isPolicy(r, http.MethodGet)
		}, prove.Inconclusive, "GetBucketPolicy returned 403 AccessDenied", 0},
		{"restored", nil, prove.Breached, "it was restored", 2},
		{"restored in words only", func(sent *atomic.Int32, _ http.ResponseWriter, r *http.Request) bool {
			return isPolicy(r, http.MethodPut) && sent.Load() == 2
		}, prove.Breached, "could not be undone", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sent atomic.Int32
			e := front(t, func(w http.ResponseWriter, r *http.Request) bool {
				if isPolicy(r, http.MethodPut) || isPolicy(r, http.MethodDelete) {
					sent.Add(1)
				}
				return c.before != nil && c.before(&sent, w, r)
			}, nil)
			setPolicy(t, e, harmless)
			sent.Store(0)
			trial := config(e)
			trial.Expected, trial.Unlocked, trial.Only = settings.Retention{}, "it holds reports", only("public-policy")
			trial.Controls = false
			results, _ := run(t, trial)
			if r := results["public-policy"]; r.Status != c.status || !strings.Contains(r.Reason, c.reason) ||
				sent.Load() != c.changes {
				t.Errorf("%s: %s, after %d changes of the policy", r.Status, r.Reason, sent.Load())
			}
		})
	}
}

// TestPublicPolicyControl: as on AWS, new buckets have a public access block.
func TestPublicPolicyControl(t *testing.T) {
	t.Parallel()
	var e prove.Endpoint
	blocked := func(bucket string) error {
		_, err := owner(e).PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{
			Bucket:                         &bucket,
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicPolicy: aws.Bool(true)},
		})
		return err
	}
	e = front(t, nil, func(r *http.Response) {
		bucket := strings.Trim(r.Request.URL.Path, "/")
		creates := r.Request.Method == http.MethodPut && r.Request.URL.RawQuery == "" && !strings.Contains(bucket, "/")
		if creates && r.StatusCode == http.StatusOK {
			if err := blocked(bucket); err != nil {
				t.Error(err)
			}
		}
	})
	if err := blocked(subject); err != nil {
		t.Fatal(err)
	}
	c := config(e)
	c.Expected, c.Unlocked, c.Only = settings.Retention{}, "it holds reports", only("public-policy")
	results, _ := run(t, c)
	if r := results["public-policy"]; r.Status != prove.Held || !r.Control.Succeeded {
		t.Errorf("%s: %s, its control %+v", r.Status, r.Reason, r.Control)
	}
}
