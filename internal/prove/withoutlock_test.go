package prove_test

import (
	"slices"
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
		_, err = c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{
			Status: types.BucketVersioningStatusEnabled,
		}})
	}
	if err != nil {
		t.Fatal(err)
	}
	all := config(e)
	all.Expected, all.Unlocked, all.Guards = settings.Retention{}, "it holds reports", prove.ReadGuards(reportsPolicy)
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
	if _, err := owner(e).PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: &name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
	}}); err != nil {
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
	if outcome.Watched == 0 || len(outcome.Left.Versions) == 0 || outcome.Left.Versions[0].Lock != "none" {
		t.Errorf("watched %s, left %+v", outcome.Watched, outcome.Left.Versions)
	}
	if plan := prove.PlanOf(c, time.Now()); plan.Trials != fits {
		t.Errorf("the plan has %d trials, %d ran", plan.Trials, fits)
	}
}
