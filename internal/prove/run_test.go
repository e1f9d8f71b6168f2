package prove_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3test"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// policy has every guard that a trial can attack.
const policy = `{"Version":"2012-10-17","Statement":[
 {"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::subject","arn:aws:s3:::subject/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
 {"Sid":"Mode","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}}},
 {"Sid":"Floor","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":"89"}}},
 {"Sid":"Ceiling","Effect":"Deny","Principal":"*","Action":["s3:PutObject","s3:PutObjectRetention"],"Resource":"arn:aws:s3:::subject/*","Condition":{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"3650"}}},
 {"Sid":"Markers","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::subject/*"},
 {"Sid":"Bypass","Effect":"Deny","Principal":"*","Action":"s3:BypassGovernanceRetention","Resource":"arn:aws:s3:::subject/*"},
 {"Sid":"Once","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}},
 {"Sid":"Seal","Effect":"Deny","Principal":"*","Action":["s3:PutBucketObjectLockConfiguration","s3:PutLifecycleConfiguration","s3:PutBucketPolicy","s3:DeleteBucketPolicy"],"Resource":"arn:aws:s3:::subject"},
 {"Sid":"OldTLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::subject","arn:aws:s3:::subject/*"],"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}},
 {"Sid":"Event","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"StringEquals":{"s3:object-lock-event-hold":"ON"}}},
 {"Sid":"Encryption","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"Null":{"s3:x-amz-server-side-encryption":"false"},"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}},
 {"Sid":"Customer","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"false"}}},
 {"Sid":"OtherKey","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"Null":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"false"},"StringNotEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:012345678901:key/k"}}},
 {"Sid":"Unnamed","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::subject/*","Condition":{"Null":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"true"},"StringEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}},
 {"Sid":"ACLs","Effect":"Deny","Principal":"*","Action":["s3:PutObjectAcl","s3:PutObjectVersionAcl"],"Resource":"arn:aws:s3:::subject/*","Condition":{"StringNotEqualsIfExists":{"s3:x-amz-acl":"bucket-owner-full-control"}}},
 {"Sid":"Holds","Effect":"Deny","Principal":"*","Action":"s3:PutObjectLegalHold","Resource":"arn:aws:s3:::subject/*","Condition":{"StringEquals":{"s3:object-lock-legal-hold":"OFF"}}}]}`

// TestEveryTrialHolds runs the whole table against a bucket with
// every guard, on the local server.
func TestEveryTrialHolds(t *testing.T) {
	t.Parallel()
	e := endpointOf(s3test.Start(t, "--tls"))
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	setPolicy(t, e, policy)
	c := config(e)
	c.Guards = prove.ReadGuards(policy, subject)
	before := time.Now()
	results, outcome := run(t, c)
	for _, r := range outcome.Results {
		if r.Status != prove.Held {
			t.Errorf("%s: %s: %s %v", r.Trial.Name, r.Status, r.Reason, prove.Attacks(r.Requests))
		}
		if r.Trial.Control == prove.NoControl {
			continue
		}
		if r.Control == nil || !r.Control.Succeeded {
			t.Errorf("%s: its control did not succeed: %+v", r.Trial.Name, r.Control)
		}
	}
	if len(outcome.Left.Buckets) > 0 {
		t.Errorf("control buckets stay: %v", outcome.Left.Buckets)
	}
	if got := len(results); got != len(prove.Table()) {
		t.Errorf("%d results for %d trials", got, len(prove.Table()))
	}
	plan := prove.PlanOf(c, before)
	if len(outcome.Left.Versions) > plan.Objects || len(outcome.Left.Versions) < plan.Objects/2 {
		t.Errorf("%d objects were left where the plan says at most %d", len(outcome.Left.Versions), plan.Objects)
	}
	for _, v := range outcome.Left.Versions {
		if v.Until != nil && v.Until.After(plan.Longest.Add(time.Minute)) {
			t.Errorf("%s is locked until %s, the plan says %s", v.Key, v.Until, plan.Longest)
		}
	}
	list, err := owner(e).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil || len(list.Buckets) != 1 {
		t.Errorf("buckets after the run: %v, %v; want the subject alone", list, err)
	}
}

// TestGuards: the trials of each guard are breached if the policy is removed,
// and inconclusive on a server that enforces no policy.
func TestGuards(t *testing.T) {
	t.Parallel()
	e := endpointOf(s3test.Start(t, "--tls"))
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	c := config(e)
	c.Guards = prove.ReadGuards(policy, subject)
	// The TLS and ACL guards hold without the policy here.
	c.Only = func(t prove.Trial) bool {
		return t.Guard != prove.SealACLs && t.Guard != "" && t.Guard != prove.NoBypass && t.Guard != prove.TLSOnly &&
			t.Guard != prove.OldTLS && t.Guard != prove.RetentionCeiling
	}
	t.Run("declared but not there", func(t *testing.T) {
		results, _ := run(t, c)
		for name, r := range results {
			if r.Status != prove.Breached {
				t.Errorf("%s: %s (%s), want failed: the bucket has no policy", name, r.Status, r.Reason)
			}
		}
		if len(results) < 8 {
			t.Errorf("%d trials of guards", len(results))
		}
	})
	t.Run("not enforced for the only user there is", func(t *testing.T) {
		setPolicy(t, e, policy)
		// The server exempts its root, as some servers do with every user.
		c := c
		c.Endpoint.Credentials = map[prove.Principal]aws.CredentialsProvider{prove.Owner: e.Credentials[prove.Owner]}
		c.Run = prove.NewRun(time.Now())
		c.Only = only("weaker-mode", "below-floor", "hide-as-admin", "seal-lifecycle")
		results, outcome := run(t, c)
		for name, r := range results {
			if r.Status != prove.Inconclusive {
				t.Errorf("%s: %s (%s), want not-enforced", name, r.Status, r.Reason)
			}
		}
		if len(results) != 4 || outcome.Count(prove.Held) != 0 {
			t.Errorf("%d trials, %d passed", len(results), outcome.Count(prove.Held))
		}
	})
	t.Run("not declared", func(t *testing.T) {
		c := c
		c.Guards.Declared, c.Run = nil, prove.NewRun(time.Now())
		results, _ := run(t, c)
		for name, r := range results {
			if r.Status != prove.NotApplicable {
				t.Errorf("%s: %s, want not-run", name, r.Status)
			}
		}
		for name, setting := range map[string]string{
			"seal-lifecycle": `"guardians"`, "weaker-mode": "COMPLIANCE", "hide-as-admin": `"deleteMarkers": "deny"`,
		} {
			if reason := results[name].Reason; !strings.Contains(reason, setting) {
				t.Errorf("%s doesn't apply: %q; want the setting that would make it apply, %s", name, reason, setting)
			}
		}
	})
}

// TestGovernance: in a GOVERNANCE bucket, only the policy prevents a bypass.
func TestGovernance(t *testing.T) {
	t.Parallel()
	e := endpointOf(s3test.Start(t, "--tls"))
	makeSubject(t, e, types.ObjectLockRetentionModeGovernance, 30)
	c := config(e)
	c.Expected = settings.Retention{Mode: settings.Governance, Days: 30}
	c.Guards = prove.Guards{Declared: []prove.Guard{prove.NoBypass}}
	c.Only = only("delete-version*", "shorten*", "lengthen", "empty-and-delete")
	failing := func(outcome prove.Outcome) (names []string) {
		for _, r := range outcome.Results {
			if r.Status == prove.Breached {
				names = append(names, r.Trial.Name)
			}
		}
		return names
	}
	_, outcome := run(t, c)
	for _, want := range []string{
		"delete-version-bypass", "delete-version-as-writer", "shorten-bypass", "empty-and-delete",
	} {
		if got := failing(outcome); !slices.Contains(got, want) {
			t.Errorf("without the policy %v fail, %s must too", got, want)
		}
	}
	if got := failing(outcome); slices.Contains(got, "delete-version") || slices.Contains(got, "shorten") {
		t.Errorf("%v fail, but without a bypass GOVERNANCE holds", got)
	}
	e = endpointOf(s3test.Start(t, "--tls"))
	c.Endpoint = e
	makeSubject(t, e, types.ObjectLockRetentionModeGovernance, 30)
	setPolicy(t, e, `{"Version":"2012-10-17","Statement":[{"Sid":"Bypass","Effect":"Deny","Principal":"*","Action":"s3:BypassGovernanceRetention","Resource":"arn:aws:s3:::subject/*"}]}`)
	c.Run, c.Only = prove.NewRun(time.Now()), nil
	if _, outcome = run(t, c); len(failing(outcome)) > 0 {
		t.Errorf("with the policy %v fail", failing(outcome))
	}
}

func TestWithoutScratchTheBucketStays(t *testing.T) {
	e := endpointOf(s3test.Start(t, "--tls"))
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	c := config(e)
	c.Scratch, c.Controls = false, false
	c.Guards = prove.Guards{Declared: []prove.Guard{prove.RetentionCeiling}, CeilingDays: 100}
	c.Only = func(t prove.Trial) bool { return t.Scratch || t.Name == "hide" }
	results, _ := run(t, c)
	for name, r := range results {
		if want := map[bool]prove.Status{true: prove.Held, false: prove.NotApplicable}[name == "hide"]; r.Status != want {
			t.Errorf("%s: %s (%s), want %s", name, r.Status, r.Reason, want)
		}
		if r.Control != nil {
			t.Errorf("%s has a control in a run without controls", name)
		}
	}
	name := subject
	versions, err := owner(e).ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &name})
	if err != nil || len(versions.DeleteMarkers) != 0 || len(versions.Versions) != 1 {
		t.Errorf("the bucket holds %v, %v; want the one version and no delete marker", versions, err)
	}
}

func TestHoldsAreLifted(t *testing.T) {
	e := endpointOf(s3test.Start(t, "--tls"))
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	c := config(e)
	c.Only, c.Controls = only("delete-held"), false
	results, _ := run(t, c)
	r := results["delete-held"]
	if r.Status != prove.Held || r.After == nil || !r.After.Hold {
		t.Fatalf("delete-held: %s, %+v", r.Status, r.After)
	}
	name, key := subject, "datalock-trials/"+c.Run+"/delete-held/probe"
	out, err := owner(e).GetObjectLegalHold(t.Context(), &s3.GetObjectLegalHoldInput{Bucket: &name, Key: &key})
	if err != nil || out.LegalHold.Status != types.ObjectLockLegalHoldStatusOff {
		t.Errorf("the legal hold after the run: %v, %v; want it off", out, err)
	}
}

func TestRunNeedsAnOwner(t *testing.T) {
	_, err := prove.Run(t.Context(), prove.Config{Endpoint: prove.Endpoint{URL: "http://127.0.0.1:1"}})
	if err == nil || !strings.Contains(err.Error(), "credentials") {
		t.Errorf("got %v", err)
	}
}

// TestAlone: trials that change the bucket's settings wait for Alone, the
// others don't.
func TestAlone(t *testing.T) {
	t.Parallel()
	e := endpointOf(s3test.Start(t, "--tls"))
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	c := config(e)
	c.Controls, c.Only = false, only("delete-version", "shorten", "suspend-versioning", "lock-off", "empty-and-delete")
	var before, after []string
	called := 0
	c.Progress = func(_, _ int, r prove.Result) {
		if called == 0 {
			before = append(before, r.Trial.Name)
		} else {
			after = append(after, r.Trial.Name)
		}
	}
	c.Alone = func(context.Context) error { called++; return nil }
	run(t, c)
	slices.Sort(before)
	if !slices.Equal(before, []string{"delete-version", "shorten"}) || len(after) != 3 || called != 1 {
		t.Errorf("before %v, after %v, called %d times", before, after, called)
	}
	stopped := errors.New("the plan failed")
	c.Run, c.Alone = prove.NewRun(time.Now()), func(context.Context) error { return stopped }
	before, after, called = nil, nil, 0
	if _, err := prove.Run(t.Context(), c); !errors.Is(err, stopped) || len(before) != 2 {
		t.Errorf("where it fails: %v, after %v", err, before)
	}
}
