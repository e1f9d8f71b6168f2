package batch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"datalock/dataset/internal/store"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

// A Service creates jobs in the account of a role.
type Service struct {
	Control *s3control.Client
	// Role is the ARN of the role that runs the jobs.
	Role string
	// Evidence is the bucket for manifests and reports.
	Evidence store.Store
	// Skew is how far S3's clock is ahead of this machine's.
	Skew time.Duration
	// MaxRows is the limit of rows in a manifest, [MaxRows] if it is 0.
	MaxRows int64
}

// Account returns the account in the role's ARN.
func (s *Service) Account() (string, error) {
	parts := strings.SplitN(s.Role, ":", 6)
	isRole := len(parts) == 6 && parts[0] == "arn" && parts[2] == "iam" && strings.HasPrefix(parts[5], "role/")
	if !isRole || parts[4] == "" {
		return "", fmt.Errorf("role %q: must be a role's ARN, such as arn:aws:iam::111122223333:role/acme-batch", s.Role)
	}
	return parts[4], nil
}

// partition returns the partition of the role's ARN.
func (s *Service) partition() string { return strings.SplitN(s.Role, ":", 3)[1] }

// A Job is a job as S3 describes it.
type Job struct {
	ID     string
	Status types.JobStatus
	// Total, Succeeded and Failed are numbers of tasks.
	Total, Succeeded, Failed int64
	// Why is the reason for a failure.
	Why string
	// Created and Terminated are by S3's clock; Terminated is nil until it ends.
	Created    time.Time
	Terminated *time.Time
	// folder has its report.
	folder string
}

// Ended reports whether the job has ended.
func (j Job) Ended() bool {
	switch j.Status {
	case types.JobStatusComplete, types.JobStatusFailed, types.JobStatusCancelled:
		return true
	}
	return false
}

// Unconfirmed reports whether the job waits for confirmation, or will do so once S3
// has read its manifest.
func (j Job) Unconfirmed() bool {
	switch j.Status {
	case types.JobStatusNew, types.JobStatusPreparing, types.JobStatusSuspended:
		return true
	}
	return false
}

// Token derives a ClientRequestToken from what a job is for.
func Token(parts ...any) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, fmt.Sprintf("%q", parts))))
}

// attempts is the limit of jobs for one manifest, each created after the previous
// one ended and was of no use.
const attempts = 100

// ClockError is more than the error of S3's clock, which is known in whole seconds.
const ClockError = 2 * time.Second

// Create creates a job that waits for confirmation, or finds the job of an earlier
// run with the same token, unless that failed, was cancelled, or is of no use: again
// reports that of a complete one. It returns once S3 has counted the tasks. With an
// error it returns the job that it was about, if any.
func (s *Service) Create(
	ctx context.Context,
	m Manifest,
	token, description, folder string,
	operation *types.JobOperation,
	again func(Job) bool,
) (Job, error) {
	began := time.Now().Add(s.Skew - ClockError)
	for attempt := range attempts {
		id, err := s.create(ctx, m, Token(token, attempt), description, folder, operation)
		if err != nil {
			return Job{}, err
		}
		j, err := s.Counted(ctx, Job{ID: id})
		if err != nil {
			return j, err
		}
		useless := j.Status == types.JobStatusCancelled ||
			j.Status == types.JobStatusFailed && j.Created.Before(began) ||
			j.Status == types.JobStatusComplete && again(j)
		if !useless {
			return j, nil
		}
	}
	return Job{}, fmt.Errorf("create a job: %d of them have ended", attempts)
}

func (s *Service) create(
	ctx context.Context,
	m Manifest,
	token, description, folder string,
	operation *types.JobOperation,
) (string, error) {
	account, err := s.Account()
	if err != nil {
		return "", err
	}
	bucket := "arn:" + s.partition() + ":s3:::" + s.Evidence.Bucket
	location := &types.JobManifestLocation{ETag: &m.ETag, ObjectArn: aws.String(bucket + "/" + m.Key)}
	if m.VersionID != "" && m.VersionID != "null" {
		location.ObjectVersionId = &m.VersionID
	}
	out, err := s.Control.CreateJob(ctx, &s3control.CreateJobInput{
		AccountId: &account, ClientRequestToken: &token, ConfirmationRequired: aws.Bool(true),
		Description: aws.String(shortened(description)), Priority: aws.Int32(10), RoleArn: &s.Role, Operation: operation,
		Manifest: &types.JobManifest{Location: location, Spec: &types.JobManifestSpec{
			Format: types.JobManifestFormatS3BatchOperationsCsv20180820,
			Fields: []types.JobManifestFieldName{
				types.JobManifestFieldNameBucket, types.JobManifestFieldNameKey, types.JobManifestFieldNameVersionId,
			},
		}},
		Report: &types.JobReport{
			Bucket: &bucket, Enabled: true, Format: types.JobReportFormatReportCsv20180820, Prefix: &folder,
			ReportScope: types.JobReportScopeAllTasks,
		},
	})
	if err != nil {
		return "", fmt.Errorf("create a job: %w", explain(err))
	}
	return aws.ToString(out.JobId), nil
}

// shortened returns at most 256 characters of a description, S3's limit.
func shortened(text string) string {
	if r := []rune(text); len(r) > 256 {
		return string(r[:256])
	}
	return text
}

// appearsWithin is how long S3 may answer that a new job doesn't exist: jobs are
// eventually consistent.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-batch-operations.html
const appearsWithin = time.Minute

// Describe returns a job with its current status. It asks again if S3 doesn't know
// the job yet.
func (s *Service) Describe(ctx context.Context, j Job) (Job, error) {
	account, err := s.Account()
	if err != nil {
		return j, err
	}
	input := &s3control.DescribeJobInput{AccountId: &account, JobId: &j.ID}
	out, err := s.Control.DescribeJob(ctx, input)
	began := time.Now()
	for wait := firstPoll; noJob(err) && j.Status == "" && time.Since(began) < appearsWithin; wait *= 2 {
		select {
		case <-ctx.Done():
			return j, context.Cause(ctx)
		case <-time.After(min(wait, appearsWithin/10)):
		}
		out, err = s.Control.DescribeJob(ctx, input)
	}
	if err != nil {
		return j, fmt.Errorf("ask for job %s: %w", j.ID, explain(err))
	}
	if r := out.Job.Report; r != nil {
		j.folder = aws.ToString(r.Prefix)
	}
	j.Status, j.Created, j.Terminated = out.Job.Status, aws.ToTime(out.Job.CreationTime), out.Job.TerminationDate
	if p := out.Job.ProgressSummary; p != nil {
		j.Total, j.Succeeded, j.Failed = aws.ToInt64(p.TotalNumberOfTasks),
			aws.ToInt64(p.NumberOfTasksSucceeded), aws.ToInt64(p.NumberOfTasksFailed)
	}
	var why []string
	for _, f := range out.Job.FailureReasons {
		why = append(why, aws.ToString(f.FailureCode)+": "+aws.ToString(f.FailureReason))
	}
	j.Why = strings.Join(why, "; ")
	return j, nil
}

// A Found is a job in a listing.
type Found struct {
	ID, Description string
	Status          types.JobStatus
	// Failed is the number of tasks that failed.
	Failed int64
}

// Ended says that it is in a terminal status.
func (f Found) Ended() bool { return Job{Status: f.Status}.Ended() }

// Unconfirmed says that it was never started.
func (f Found) Unconfirmed() bool { return Job{Status: f.Status}.Unconfirmed() }

// Find lists the jobs of the last 90 days whose description begins with a text.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListJobs.html
func (s *Service) Find(ctx context.Context, prefix string) ([]Found, error) {
	account, err := s.Account()
	if err != nil {
		return nil, err
	}
	var all []Found
	pages := s3control.NewListJobsPaginator(s.Control, &s3control.ListJobsInput{AccountId: &account})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the jobs: %w", explain(err))
		}
		for _, j := range page.Jobs {
			if text := aws.ToString(j.Description); strings.HasPrefix(text, prefix) {
				found := Found{ID: aws.ToString(j.JobId), Description: text, Status: j.Status}
				if j.ProgressSummary != nil {
					found.Failed = aws.ToInt64(j.ProgressSummary.NumberOfTasksFailed)
				}
				all = append(all, found)
			}
		}
	}
	return all, nil
}

// Set requests the status Ready or Cancelled for a job.
func (s *Service) Set(ctx context.Context, j Job, status types.RequestedJobStatus) error {
	account, err := s.Account()
	if err != nil {
		return err
	}
	_, err = s.Control.UpdateJobStatus(ctx, &s3control.UpdateJobStatusInput{
		AccountId: &account, JobId: &j.ID, RequestedJobStatus: status,
	})
	if err != nil {
		return fmt.Errorf("set job %s to %s: %w", j.ID, status, explain(err))
	}
	return nil
}

// Intervals between polls of a job. AWS recommends 30 seconds; the first ones are
// shorter for the sake of small jobs.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-batch-operations.html
const (
	firstPoll = 100 * time.Millisecond
	lastPoll  = 30 * time.Second
)

// poll describes a job until done returns true, and passes each answer to tell.
func (s *Service) poll(ctx context.Context, j Job, done func(Job) bool, tell func(Job)) (Job, error) {
	for wait := firstPoll; ; wait = min(wait*3/2, lastPoll) {
		var err error
		if j, err = s.Describe(ctx, j); err != nil {
			return j, err
		}
		if tell != nil {
			tell(j)
		}
		if done(j) {
			return j, nil
		}
		select {
		case <-ctx.Done():
			return j, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

// Counted waits until S3 has read a job's manifest.
func (s *Service) Counted(ctx context.Context, j Job) (Job, error) {
	return s.poll(ctx, j, func(j Job) bool {
		return j.Status != types.JobStatusNew && j.Status != types.JobStatusPreparing
	}, nil)
}

// Wait follows a job to its end.
func (s *Service) Wait(ctx context.Context, j Job, tell func(Job)) (Job, error) {
	return s.poll(ctx, j, Job.Ended, tell)
}

// explain adds to an error of S3 Control what fixes it.
func explain(err error) error {
	if store.IsCode(err, "AccessDenied", "AccessDeniedException") {
		return fmt.Errorf("%s; `datalock role-policy STACK --phase PHASE` "+
			"prints the policy that the caller needs, for the phase renew-batch, verify-at-rest or backfill", store.Brief(err))
	}
	if noJob(err) {
		return fmt.Errorf("%s; jobs are kept for 90 days after their end", store.Brief(err))
	}
	return err
}

// noJob reports whether S3 doesn't know a job.
func noJob(err error) bool {
	var no *types.NotFoundException
	return errors.As(err, &no) || store.IsCode(err, "NoSuchJob")
}
