package rolepolicy_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/policy"
	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/s3proxy"
	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
)

type endpoint struct{ url url.URL }

func (e endpoint) ResolveEndpoint(context.Context, s3control.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: e.url}, nil
}

// asked notes the actions that requests need, on the data bucket, on the
// evidence bucket, and of S3 Control.
type asked struct{ data, evidence, control recorder }

func newAsked() *asked {
	return &asked{
		recorder{actions: map[string]bool{}}, recorder{actions: map[string]bool{}}, recorder{actions: map[string]bool{}},
	}
}

func (a *asked) note(n int64, q *http.Request) s3proxy.Fault {
	switch path := q.URL.Path; {
	case strings.HasPrefix(path, "/v20180820/"):
		action := "s3:DescribeJob"
		switch {
		case strings.HasSuffix(path, "/status"):
			action = "s3:UpdateJobStatus"
		case strings.HasSuffix(path, "/jobs") && q.Method == http.MethodPost:
			action = "s3:CreateJob"
		case strings.HasSuffix(path, "/jobs"):
			action = "s3:ListJobs"
		}
		a.control.mu.Lock()
		a.control.actions[action] = true
		a.control.mu.Unlock()
	case strings.HasPrefix(path, "/evidence"):
		return a.evidence.note(n, q)
	default:
		return a.data.note(n, q)
	}
	return s3proxy.Fault{}
}

// jobLab is a locked bucket behind a proxy, with a dataset and a place for
// evidence.
type jobLab struct {
	client *s3.Client
	jobs   dataset.BatchOptions
	at     dataset.Location
	proxy  *s3proxy.Proxy
}

func newJobLab(t *testing.T) jobLab {
	t.Helper()
	server := s3test.Start(t)
	proxy := s3proxy.Start(t, server.Endpoint)
	keys := credentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, "")
	client := s3.New(s3.Options{Region: server.Region, BaseEndpoint: &proxy.URL, UsePathStyle: true, Credentials: keys})
	for name, locked := range map[string]bool{"acme-data": true, "evidence": false} {
		if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
			Bucket: &name, ObjectLockEnabledForBucket: &locked,
		}); err != nil {
			t.Fatal(err)
		}
	}
	rule := &types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Days: aws.Int32(1)}
	if _, err := client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: aws.String("acme-data"), ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: &types.ObjectLockRule{DefaultRetention: rule},
		},
	}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := dataset.Location{Bucket: "acme-data", Prefix: "set"}
	if _, err := dataset.Publish(t.Context(), client, dir, at, dataset.PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	control := s3control.New(s3control.Options{
		Region:             server.Region,
		EndpointResolverV2: endpoint{*to},
		Credentials:        keys,
	})
	return jobLab{client, dataset.BatchOptions{
		Control: control, Role: "arn:aws:iam::000000000000:role/batch", Evidence: "evidence", Wait: true,
	}, at, proxy}
}

const jobStack = `{"region": "us-east-1", "account": "012345678901", "buckets": {"data": {"name": "acme-data", ` +
	`"evidence": {}, "batch": true}}}`

// onBucket are the actions that a policy allows on resources of a bucket, or on
// none of a bucket.
func onBucket(d policy.Document, bucket string) (all []string) {
	for _, s := range d.Statement {
		on := slices.ContainsFunc(s.Resource, func(r string) bool {
			name, isS3 := strings.CutPrefix(r, "arn:aws:s3:::")
			name, _, _ = strings.Cut(name, "/")
			return bucket == "" && !isS3 || isS3 && name == bucket
		})
		if s.Effect == "Allow" && on {
			all = append(all, s.Action...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (a *asked) compare(t *testing.T, stack []byte, phase rolepolicy.Phase, beside ...string) {
	t.Helper()
	d := policyOf(t, stack, phase)
	for bucket, r := range map[string]*recorder{"acme-data": &a.data, "acme-data-evidence": &a.evidence, "": &a.control} {
		want := slices.DeleteFunc(onBucket(d, bucket), func(action string) bool { return slices.Contains(beside, action) })
		var got []string
		for action := range r.actions {
			// The evidence bucket has no lock to show.
			if bucket != "acme-data-evidence" ||
				!strings.HasSuffix(action, "Retention") && !strings.HasSuffix(action, "LegalHold") {
				got = append(got, action)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s asks %q for %v,\nallowed is %v", phase, bucket, got, want)
		}
	}
}

// Actions that only manifests of many rows need, and those that IAM judges
// without a request of their own.
var besides = []string{"s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts", "iam:PassRole"}

// TestAsJobsAsk renews, verifies and backfills by jobs, and compares the policies
// with the requests: none is missing, and none is too much.
func TestAsJobsAsk(t *testing.T) {
	t.Parallel()
	l, with := newJobLab(t), stack(t, jobStack, "data")
	a := newAsked()
	l.proxy.Faults(a.note)
	if _, err := dataset.RenewBatch(t.Context(), l.client, l.at, dataset.RenewOptions{Days: 9}, l.jobs); err != nil {
		t.Fatal(err)
	}
	a.compare(t, with, rolepolicy.RenewBatch, besides...)

	a = newAsked()
	l.proxy.Faults(a.note)
	v, err := dataset.VerifyAtRest(t.Context(), l.client, l.at, dataset.VerifyOptions{}, l.jobs)
	if err != nil || !v.Clean() {
		t.Fatalf("%v, %v", v.Findings, err)
	}
	a.compare(t, with, rolepolicy.VerifyAtRest, besides...)

	a = newAsked()
	l.backfills(t, a)
	// A server with other answers is asked for the bucket too.
	a.data.actions["s3:ListBucket"] = true
	a.compare(t, with, rolepolicy.Backfill, besides...)
	jobPhases(t, with)
}

// backfills locks versions without a lock one by one, and by a job.
func (l jobLab) backfills(t *testing.T, a *asked) {
	t.Helper()
	l.proxy.Faults(nil)
	if _, err := l.client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: aws.String("acme-data"), ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
		},
	}); err != nil {
		t.Fatal(err)
	}
	for i, jobs := range []*dataset.BatchOptions{nil, &l.jobs} {
		l.proxy.Faults(nil)
		if _, err := l.client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("acme-data"), Key: aws.String(fmt.Sprint("old/", i)), Body: strings.NewReader("bytes"),
		}); err != nil {
			t.Fatal(err)
		}
		l.proxy.Faults(a.note)
		o := dataset.BackfillOptions{Days: 2, Mode: "GOVERNANCE"}
		if done, err := dataset.Backfill(t.Context(), l.client, "acme-data", "old/", o, jobs); err != nil || done.Set != 1 {
			t.Fatalf("%+v, %v", done, err)
		}
	}
}

// jobPhases: jobs need parts of the topology, and can be of one operation only.
func jobPhases(t *testing.T, with []byte) {
	t.Helper()
	without := bytes.ReplaceAll(with, []byte("batch_role"), []byte("other_role"))
	for phase, operation := range map[rolepolicy.Phase]string{
		rolepolicy.RenewBatch: "S3PutObjectRetention", rolepolicy.Backfill: "S3PutObjectRetention",
		rolepolicy.VerifyAtRest: "S3ComputeObjectChecksum",
	} {
		if _, err := rolepolicy.Policy(without, phase); err == nil ||
			!strings.Contains(err.Error(), `add "evidence": {} and "batch": true`) {
			t.Errorf("%s without a role for jobs: %v", phase, err)
		}
		for _, s := range policyOf(t, with, phase).Statement {
			switch s.Sid {
			case "CreateJob":
				if got := s.Condition["StringEquals"]["s3:RequestJobOperation"]; !slices.Equal(got, policy.Values{operation}) {
					t.Errorf("%s creates jobs of %v", phase, got)
				}
			case "PassRole":
				if !slices.Equal(s.Resource, policy.Values{"arn:aws:iam::012345678901:role/acme-data-batch"}) {
					t.Errorf("%s passes %v", phase, s.Resource)
				}
			}
		}
	}
}
