package dataset_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestPolicyLimits: a limit of the bucket policy that doesn't bind this upload
// doesn't stop it; what isn't known of the policy is noted; and a limit that is
// written with a wildcard is found before anything is sent.
func TestPolicyLimits(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 10})
	deny := func(more, resource string) {
		policy := `{"Version":"2012-10-17","Statement":[{"Sid":"Long","Effect":"Deny","Principal":"*",` +
			`"Action":"s3:PutObject*","Resource":"arn:aws:s3:::data/` + resource + `","Condition":{` + more +
			`"NumericLessThan":{"s3:object-lock-remaining-retention-days":"100"}}}]}`
		_, err := l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &policy})
		must(t, err)
	}
	published := func(client *s3.Client, location, note string) {
		t.Helper()
		var notes []string
		o := dataset.PublishOptions{Days: 2, Note: func(text string) { notes = append(notes, text) }}
		_, err := dataset.Publish(t.Context(), client, dir, at(t, location), o)
		must(t, err)
		if got := strings.Join(notes, "\n"); (got != "") != (note != "") || !strings.Contains(got, note) {
			t.Errorf("%s: noted %q, want %q", location, got, note)
		}
	}
	deny("", "other/*")
	published(l.Client, "s3://data/set", "")
	deny(`"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:user/nobody"},`, "*")
	published(l.Client, "s3://data/exempt", "see statement Long")
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.URL.Query().Has("policy") {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	published(l.as(proxy.URL, l.AccessKey, l.SecretKey), "s3://data/unread", "the bucket policy couldn't be read")
	deny("", "bound/*")
	mistake(t, l, dir, "s3://data/bound", "a wildcard", dataset.PublishOptions{Days: 2},
		"is shorter than the 100 days that the bucket policy requires")
	nothingUnder(t, l, "data", "bound")
}

// TestBackfillDeniedMode: a mode that the bucket policy denies is a mistake, of a
// plan too; the other one isn't.
func TestBackfillDeniedMode(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObjectRetention",` +
		`"Resource":"arn:aws:s3:::data/*","Condition":{"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}}}]}`
	_, err := l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &policy})
	must(t, err)
	o := dataset.BackfillOptions{Days: 2, Mode: "GOVERNANCE", PlanOnly: true}
	_, err = dataset.Backfill(t.Context(), l.Client, "data", "", o, nil)
	const want = "mode GOVERNANCE: the bucket policy denies it; set COMPLIANCE"
	if mistakes := (*dataset.Mistakes)(nil); !errors.As(err, &mistakes) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	o.Mode = "COMPLIANCE"
	_, err = dataset.Backfill(t.Context(), l.Client, "data", "", o, nil)
	must(t, err)
}
