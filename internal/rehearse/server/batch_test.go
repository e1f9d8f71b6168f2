package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	control "github.com/aws/aws-sdk-go-v2/service/s3control/types"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"datalock/internal/rehearse/server/internal/identity"
)

// fixed is an endpoint without the account in its host name.
type fixed struct{ url url.URL }

func (f fixed) ResolveEndpoint(context.Context, s3control.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: f.url}, nil
}

// control returns a client of S3 Control with an account's keys.
func (s *running) control(t *testing.T, name identity.Name) *s3control.Client {
	t.Helper()
	at, err := url.Parse(s.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	key := s.Users[name].Key
	return s3control.New(s3control.Options{
		Region: s.Region, EndpointResolverV2: fixed{*at}, RetryMaxAttempts: 1,
		HTTPClient:  s.as(name).Options().HTTPClient,
		Credentials: credentials.NewStaticCredentialsProvider(key.Access, key.Secret, ""),
	})
}

// batchLab is a locked bucket and one for manifests and reports.
type batchLab struct {
	*running
	root *s3.Client
	jobs *s3control.Client
	data string
}

func newBatchLab(t *testing.T, args ...string) batchLab {
	t.Helper()
	s := startServer(t, nil, args...)
	l := batchLab{s, s.as(identity.Root), s.control(t, identity.Root), "data"}
	lockedBucket(t, l.root, l.data, nil)
	if _, err := l.root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("evidence")}); err != nil {
		t.Fatal(err)
	}
	return l
}

// manifest writes rows of keys and versions and returns where they are.
func (l batchLab) manifest(t *testing.T, rows ...[2]string) *control.JobManifest {
	t.Helper()
	var b bytes.Buffer
	for _, row := range rows {
		fmt.Fprintf(&b, "%s,%s,%s\n", l.data, strings.ReplaceAll(url.QueryEscape(row[0]), "%2F", "/"), row[1])
	}
	out, err := l.root.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("evidence"), Key: aws.String("manifest.csv"), Body: bytes.NewReader(b.Bytes()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &control.JobManifest{
		Spec: &control.JobManifestSpec{
			Format: control.JobManifestFormatS3BatchOperationsCsv20180820,
			Fields: []control.JobManifestFieldName{"Bucket", "Key", "VersionId"},
		},
		Location: &control.JobManifestLocation{ETag: out.ETag, ObjectArn: aws.String("arn:aws:s3:::evidence/manifest.csv")},
	}
}

func retain(mode control.S3ObjectLockRetentionMode, days int) *control.JobOperation {
	until := time.Now().AddDate(0, 0, days).UTC().Truncate(time.Second)
	return &control.JobOperation{S3PutObjectRetention: &control.S3SetObjectRetentionOperation{
		Retention: &control.S3Retention{Mode: mode, RetainUntilDate: &until},
	}}
}

func (l batchLab) input(m *control.JobManifest, o *control.JobOperation, token string) *s3control.CreateJobInput {
	return &s3control.CreateJobInput{
		AccountId: aws.String(identity.AccountID), ClientRequestToken: &token, Manifest: m, Operation: o,
		Priority: aws.Int32(10), RoleArn: aws.String(identity.Batch.ARN()), ConfirmationRequired: aws.Bool(true),
		Report: &control.JobReport{
			Bucket: aws.String("arn:aws:s3:::evidence"), Enabled: true, Format: control.JobReportFormatReportCsv20180820,
			Prefix: aws.String("reports"), ReportScope: control.JobReportScopeAllTasks,
		},
	}
}

func (l batchLab) create(t *testing.T, in *s3control.CreateJobInput) string {
	t.Helper()
	out, err := l.jobs.CreateJob(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.JobId
}

func (l batchLab) describe(t *testing.T, id string) *control.JobDescriptor {
	t.Helper()
	out, err := l.jobs.DescribeJob(t.Context(), &s3control.DescribeJobInput{
		AccountId: aws.String(identity.AccountID),
		JobId:     &id,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Job
}

// until waits for one of the statuses.
func (l batchLab) until(t *testing.T, id string, statuses ...control.JobStatus) *control.JobDescriptor {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		job := l.describe(t, id)
		if slices.Contains(statuses, job.Status) {
			return job
		}
		if ended := slices.Contains([]control.JobStatus{
			"Complete", "Failed", "Cancelled",
		}, job.Status); ended || time.Now().After(deadline) {
			t.Fatalf("the job is %s, not %v: %+v", job.Status, statuses, job.FailureReasons)
		}
	}
}

func (l batchLab) request(t *testing.T, id string, status control.RequestedJobStatus) error {
	t.Helper()
	_, err := l.jobs.UpdateJobStatus(t.Context(), &s3control.UpdateJobStatusInput{
		AccountId: aws.String(identity.AccountID), JobId: &id, RequestedJobStatus: status,
	})
	return err
}

// run creates a job, confirms it and waits for its end.
func (l batchLab) run(t *testing.T, in *s3control.CreateJobInput, end control.JobStatus) *control.JobDescriptor {
	t.Helper()
	id := l.create(t, in)
	l.until(t, id, "Suspended")
	want(t, "confirm", l.request(t, id, "Ready"), "")
	return l.until(t, id, end)
}

// report returns the rows of a job's report by their status.
func (l batchLab) report(t *testing.T, id string) map[string][][]string {
	t.Helper()
	read := func(key string) []byte {
		out, err := l.root.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("evidence"), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(out.Body)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var top struct {
		Format, ReportSchema string
		Results              []struct{ TaskExecutionStatus, Bucket, MD5Checksum, Key string }
	}
	if err := json.Unmarshal(read("reports/job-"+id+"/manifest.json"), &top); err != nil {
		t.Fatal(err)
	}
	if top.Format != "Report_CSV_20180820" {
		t.Errorf("the report's format is %s", top.Format)
	}
	all := map[string][][]string{}
	for _, r := range top.Results {
		rows, err := csv.NewReader(bytes.NewReader(read(r.Key))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		all[r.TaskExecutionStatus] = rows
	}
	return all
}

func (l batchLab) lockOf(t *testing.T, key, version string) *types.ObjectLockRetention {
	t.Helper()
	out, err := l.root.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{
		Bucket:    &l.data,
		Key:       &key,
		VersionId: &version,
	})
	if err != nil {
		return nil
	}
	return out.Retention
}

// TestBatchRetention runs a job from its creation to its report: hostile keys,
// one version of several, one that is missing, and one that the policy denies.
func TestBatchRetention(t *testing.T) {
	t.Parallel()
	l := newBatchLab(t, "--tls")
	hostile := `a b/ü+%2F"x",&<y>.bin`
	first, other := put(t, l.root, l.data, hostile, "1"), put(t, l.root, l.data, hostile, "2")
	denied, gone := put(t, l.root, l.data, "denied/k", "3"), put(t, l.root, l.data, "gone", "4")
	if _, err := l.root.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket:    &l.data,
		Key:       aws.String("gone"),
		VersionId: &gone,
	}); err != nil {
		t.Fatal(err)
	}
	setPolicy(t, l.root, l.data, `"Effect":"Deny","Principal":{"AWS":"`+identity.Batch.ARN()+
		`"},"Action":"s3:PutObjectRetention","Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":"5"}}`)
	in := l.input(l.manifest(t, [2]string{
		hostile,
		first,
	}, [2]string{"gone", gone}, [2]string{"denied/k", denied}), retain("COMPLIANCE", 10), "one")
	id := l.create(t, in)
	job := l.until(t, id, "Suspended")
	if *job.ProgressSummary.TotalNumberOfTasks != 3 || l.lockOf(t, hostile, first) != nil {
		t.Errorf("the suspended job says %+v, and the lock is %v", job.ProgressSummary, l.lockOf(t, hostile, first))
	}
	if again := l.create(t, in); again != id {
		t.Errorf("the same token made another job, %s beside %s", again, id)
	}
	in.Priority = aws.Int32(11)
	_, err := l.jobs.CreateJob(t.Context(), in)
	want(t, "another job with the token", err, "IdempotencyException")
	want(t, "confirm", l.request(t, id, "Ready"), "")
	job = l.until(t, id, "Complete")
	if p := job.ProgressSummary; *p.NumberOfTasksSucceeded != 2 || *p.NumberOfTasksFailed != 1 {
		t.Errorf("progress %d succeeded, %d failed", *p.NumberOfTasksSucceeded, *p.NumberOfTasksFailed)
	}
	want(t, "confirm an ended job", l.request(t, id, "Ready"), "JobStatusException")
	if lock := l.lockOf(t, hostile, first); lock == nil || lock.Mode != compliance {
		t.Errorf("the lock of the version in the manifest is %v", lock)
	}
	if lock := l.lockOf(t, hostile, other); lock != nil {
		t.Errorf("a version that isn't in the manifest has the lock %v", lock)
	}
	rows := l.report(t, id)
	if len(rows["succeeded"]) != 2 || len(rows["failed"]) != 1 || rows["failed"][0][4] != "404" ||
		!strings.HasPrefix(rows["failed"][0][5], "NoSuch") {
		t.Errorf("the report is %v", rows)
	}
	// The policy judges the days that are left when the task runs.
	short := l.run(t, l.input(l.manifest(t, [2]string{"denied/k", denied}), retain("GOVERNANCE", 4), "two"), "Complete")
	if rows := l.report(t, *short.JobId); len(rows["failed"]) != 1 || rows["failed"][0][5] != "AccessDenied" {
		t.Errorf("a date below the policy's floor: %v", rows)
	}
}

// TestBatchRoleBypassesNothing: the role may not bypass GOVERNANCE mode, even
// if the job asks for it.
func TestBatchRoleBypassesNothing(t *testing.T) {
	t.Parallel()
	l := newBatchLab(t)
	lockedBucket(t, l.root, "other", nil)
	version := put(t, l.root, l.data, "k", "1")
	rows := [2]string{"k", version}
	l.run(t, l.input(l.manifest(t, rows), retain("GOVERNANCE", 20), "lock"), "Complete")
	shorter := retain("GOVERNANCE", 2)
	shorter.S3PutObjectRetention.BypassGovernanceRetention = aws.Bool(true)
	job := l.run(t, l.input(l.manifest(t, rows), shorter, "shorten"), "Complete")
	if rows := l.report(t, *job.JobId); len(rows["failed"]) != 1 || rows["failed"][0][5] != "AccessDenied" {
		t.Errorf("the report is %v", rows)
	}
	hold := &control.JobOperation{S3PutObjectLegalHold: &control.S3SetObjectLegalHoldOperation{
		LegalHold: &control.S3ObjectLockLegalHold{Status: "ON"},
	}}
	l.run(t, l.input(l.manifest(t, rows), hold, "hold"), "Complete")
	out, err := l.root.GetObjectLegalHold(t.Context(), &s3.GetObjectLegalHoldInput{
		Bucket:    &l.data,
		Key:       aws.String("k"),
		VersionId: &version,
	})
	if err != nil || out.LegalHold.Status != "ON" {
		t.Errorf("the legal hold is %v, %v", out, err)
	}
}

// TestBatchChecksum has S3 read the bytes again, of an upload in parts too.
func TestBatchChecksum(t *testing.T) {
	t.Parallel()
	l := newBatchLab(t)
	version := put(t, l.root, l.data, "k", "some bytes")
	o := &control.JobOperation{S3ComputeObjectChecksum: &control.S3ComputeObjectChecksumOperation{
		ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT",
	}}
	job := l.run(t, l.input(l.manifest(t, [2]string{"k", version}, [2]string{"no", version}), o, "sum"), "Complete")
	rows := l.report(t, *job.JobId)
	sum := sha256.Sum256([]byte("some bytes"))
	var got struct {
		Base64 string `json:"checksum_base64"`
		Hex    string `json:"checksum_hex"`
		Type   string `json:"checksumType"`
	}
	if len(rows["succeeded"]) != 1 || json.Unmarshal([]byte(rows["succeeded"][0][6]), &got) != nil ||
		got.Base64 != base64.StdEncoding.EncodeToString(sum[:]) || got.Hex != fmt.Sprintf("%X", sum) ||
		got.Type != "FULL_OBJECT" {
		t.Errorf("the report is %v", rows)
	}
	if len(rows["failed"]) != 1 || !strings.HasPrefix(rows["failed"][0][6], "error details: {") {
		t.Errorf("the failed tasks are %v", rows["failed"])
	}
	o.S3ComputeObjectChecksum.ChecksumType = "COMPOSITE"
	_, err := l.jobs.CreateJob(t.Context(), l.input(l.manifest(t, [2]string{"k", version}), o, "composite"))
	want(t, "a composite checksum", err, "BadRequestException")
}

// TestBatchFailsAboveHalf: a job fails when more than half of its tasks have
// failed after the first 1,000, and reports those that ran.
func TestBatchFailsAboveHalf(t *testing.T) {
	t.Parallel()
	l := newBatchLab(t)
	version := put(t, l.root, l.data, "k", "1")
	few := make([][2]string, 990)
	for i := range few {
		few[i] = [2]string{fmt.Sprint("missing-", i), version}
	}
	few = append(few, [2]string{"k", version})
	job := l.run(t, l.input(l.manifest(t, few...), retain("GOVERNANCE", 5), "few"), "Complete")
	if *job.ProgressSummary.NumberOfTasksFailed != 990 {
		t.Errorf("%d tasks failed", *job.ProgressSummary.NumberOfTasksFailed)
	}
	many := slices.Concat(few, few)
	job = l.run(t, l.input(l.manifest(t, many...), retain("GOVERNANCE", 6), "many"), "Failed")
	done := *job.ProgressSummary.NumberOfTasksFailed + *job.ProgressSummary.NumberOfTasksSucceeded
	rows := l.report(t, *job.JobId)
	if done < 1000 || done > 1100 || int64(len(rows["failed"])+len(rows["succeeded"])) != done ||
		len(job.FailureReasons) != 1 {
		t.Errorf("%d tasks ran, %d are in the report; %v", done, len(rows["failed"])+len(rows["succeeded"]),
			job.FailureReasons)
	}
}

// TestBatchFailsWhole: tasks that have begun when a job fails are done to their
// end, and reported: nothing is locked that the report doesn't have.
func TestBatchFailsWhole(t *testing.T) {
	t.Parallel()
	l := newBatchLab(t)
	version := put(t, l.root, l.data, "k", "1")
	rows, real := make([][2]string, 990), 60
	for i := range rows {
		rows[i] = [2]string{fmt.Sprint("missing-", i), version}
	}
	for i := range real {
		key := fmt.Sprint("k-", i)
		rows = append(rows, [2]string{key, put(t, l.root, l.data, key, "1")})
	}
	job := l.run(t, l.input(l.manifest(t, rows...), retain("GOVERNANCE", 5), "whole"), "Failed")
	locked := 0
	for _, row := range rows[990:] {
		if l.lockOf(t, row[0], row[1]) != nil {
			locked++
		}
	}
	reported := len(l.report(t, *job.JobId)["succeeded"])
	if locked == 0 || locked == real || reported != locked || *job.ProgressSummary.NumberOfTasksSucceeded != int64(locked) {
		t.Errorf("%d of %d are locked, %d reported, %d counted", locked, real, reported, *job.ProgressSummary.NumberOfTasksSucceeded)
	}
}

// TestBatchRefusals: what CreateJob refuses, and what fails a job before it is
// ready.
func TestBatchRefusals(t *testing.T) {
	t.Parallel()
	l := newBatchLab(t)
	version := put(t, l.root, l.data, "k", "1")
	good := func(token string) *s3control.CreateJobInput {
		return l.input(l.manifest(t, [2]string{"k", version}), retain("GOVERNANCE", 5), token)
	}
	for name, code := range map[identity.Name]string{
		identity.Writer: "AccessDenied", identity.Stranger: "AccessDenied", identity.Batch: "AccessDenied",
	} {
		_, err := l.control(t, name).CreateJob(t.Context(), good("as "+string(name)))
		want(t, "create a job as "+string(name), err, code)
	}
	long := good("report prefix")
	long.Report.Prefix = aws.String(strings.Repeat("ü", 513))
	_, err := l.jobs.CreateJob(t.Context(), long)
	want(t, "a prefix of 513 characters for the report", err, "BadRequestException")
	foreign, role := good("account"), good("role")
	foreign.AccountId, role.RoleArn = aws.String("111122223333"), aws.String("arn:aws:iam::000000000000:role/none")
	_, err = l.jobs.CreateJob(t.Context(), foreign)
	want(t, "another account", err, "AccessDenied")
	_, err = l.jobs.CreateJob(t.Context(), role)
	want(t, "another role", err, "BadRequestException")
	_, err = l.jobs.DescribeJob(t.Context(), &s3control.DescribeJobInput{
		AccountId: aws.String(identity.AccountID),
		JobId:     aws.String("none"),
	})
	want(t, "no such job", err, "NoSuchJob")

	changed, empty := good("etag"), good("empty")
	changed.Manifest.Location.ETag = aws.String(`"00000000000000000000000000000000"`)
	if job := l.until(t, l.create(t, changed), "Failed"); !strings.Contains(*job.FailureReasons[0].FailureReason, "ETag") {
		t.Errorf("another ETag: %v", *job.FailureReasons[0].FailureReason)
	}
	empty.Manifest = l.manifest(t)
	l.until(t, l.create(t, empty), "Failed")
	locked := good("report")
	locked.Report.Bucket = aws.String("arn:aws:s3:::data")
	setPolicy(t, l.root, l.data, `"Effect":"Deny","Principal":"*","Action":"s3:PutObject"`)
	job := l.run(t, locked, "Failed")
	if !strings.Contains(*job.FailureReasons[0].FailureReason, "completion report") {
		t.Errorf("a report that can't be written: %v", *job.FailureReasons[0].FailureReason)
	}
}

// TestBatchAfterKill: a job that a killed server was running is run again, and
// the jobs are listed as before.
func TestBatchAfterKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := newBatchLab(t, "--dir", dir)
	version := put(t, l.root, l.data, "k", "1")
	rows := make([][2]string, 1500)
	for i := range rows {
		rows[i] = [2]string{"k", version}
	}
	id := l.create(t, l.input(l.manifest(t, rows...), retain("COMPLIANCE", 5), "killed"))
	waits := l.create(t, l.input(l.manifest(t, rows...), retain("COMPLIANCE", 6), "waits"))
	l.until(t, id, "Suspended")
	l.until(t, waits, "Suspended")
	want(t, "confirm", l.request(t, id, "Ready"), "")
	l.until(t, id, "Active", "Complete")
	_ = l.cmd.Process.Kill()
	_ = l.wait(t)
	l.forgive()
	l = batchLab{startServer(t, nil, "--dir", dir), nil, nil, l.data}
	l.root, l.jobs = l.as(identity.Root), l.control(t, identity.Root)
	job := l.until(t, id, "Complete")
	if p := job.ProgressSummary; *p.NumberOfTasksSucceeded != 1500 || *p.TotalNumberOfTasks != 1500 {
		t.Errorf("progress %+v", p)
	}
	want(t, "cancel", l.request(t, waits, "Cancelled"), "")
	l.until(t, waits, "Cancelled")
	list, err := l.jobs.ListJobs(t.Context(), &s3control.ListJobsInput{
		AccountId: aws.String(identity.AccountID), MaxResults: aws.Int32(1), JobStatuses: []control.JobStatus{
			"Complete",
			"Cancelled",
		},
	})
	if err != nil || len(list.Jobs) != 1 || list.NextToken == nil || *list.Jobs[0].JobId != waits {
		t.Errorf("the list is %+v, %v", list, err)
	}
}

// TestNotS3Control: a bucket may have the name that S3 Control's paths begin
// with.
func TestNotS3Control(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "v20180820"
	if _, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	put(t, root, bucket, "jobs", "an object")
	if _, err := root.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("jobs")}); err != nil {
		t.Error(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Endpoint+"/v20180820/jobs", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Account-Id", identity.AccountID)
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode/100 != 4 {
		t.Errorf("without a signature: %v, %v", answer, err)
	}
	_ = errors.Join(err, answer.Body.Close())
}
