package dataset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"datalock/dataset/internal/batch"
	"datalock/dataset/internal/store"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

// BatchOptions say how a run uses S3 Batch Operations.
type BatchOptions struct {
	// Control is a client of S3 Control for the Region of the bucket.
	Control *s3control.Client
	// Role is the ARN of the role that runs the jobs.
	Role string
	// Evidence is the bucket for manifests and reports. The role must be able to
	// write objects with SSE-S3 there.
	Evidence string
	// Wait follows the jobs to their end. Otherwise the run ends once they are
	// started; run it again to continue.
	Wait bool
	// Longest is how long the jobs may take, estimated if it is 0.
	Longest time.Duration
	// Confirm is called before jobs are started; an error cancels them.
	Confirm func(BatchPlan) error
	// ByHand is called before versions whose task failed are done one by one; an
	// error leaves them as they are.
	ByHand func([]BatchFailure) error
	// TakeUpDays, if it isn't 0, continues an earlier renewal, to its own date
	// instead of the requested one: if that date is at least so many days away,
	// and the jobs run, or are complete but for what can be done one by one and the
	// bucket policy still accepts the date.
	TakeUpDays int
	// On is the day on which the jobs of a verification were started, today if it
	// is zero.
	On time.Time
	// MaxRows is the limit of versions in a job, S3's limit if it is 0.
	MaxRows int64
	// MaxByHand is the limit of versions that are done one by one after their task
	// failed, 10,000 if it is 0. After more failures, the next run creates new jobs.
	MaxByHand int64
}

// A BatchPlan is what jobs are about to do, after S3 has read their manifests.
type BatchPlan struct {
	RenewPlan
	Jobs []BatchJob
}

// A BatchJob is a job of S3 Batch Operations.
type BatchJob struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	// Mode is the retention mode that it sets, if any.
	Mode string `json:"mode,omitempty"`
	// Versions is the number of versions in its manifest, as counted by S3 too.
	Versions  int64 `json:"versions"`
	Succeeded int64 `json:"succeeded"`
	Failed    int64 `json:"failed"`
	// Why is the reason for a failure.
	Why string `json:"why,omitempty"`
	// Created and Ended are by S3's clock.
	Created time.Time  `json:"created"`
	Ended   *time.Time `json:"ended,omitempty"`

	job batch.Job
}

// A BatchFailure is an error with which tasks failed.
type BatchFailure struct {
	// Code and HTTPStatus are S3's error.
	Code       string `json:"code"`
	HTTPStatus int    `json:"httpStatus"`
	// Message and Key are from the first task with the error.
	Message string `json:"message"`
	Key     string `json:"key"`
	Count   int64  `json:"count"`
}

// byHandMost returns the limit of failed tasks that are done one by one.
func (b BatchOptions) byHandMost() int64 {
	if b.MaxByHand > 0 {
		return b.MaxByHand
	}
	return 10_000
}

// taskRate is the rate of tasks per second, for the estimate of a job's time. It
// is a cautious guess: AWS promises no rate.
const taskRate = 500

// longestJob returns how long the jobs may take, including the wait for
// confirmation.
func (b BatchOptions) longestJob(versions int64) time.Duration {
	if b.Longest > 0 {
		return b.Longest
	}
	return day + time.Duration(versions/taskRate)*time.Second
}

// service checks the options and that the evidence bucket can be reached.
func (b BatchOptions) service(
	ctx context.Context,
	client *s3.Client,
	jobs int,
	wrong *collector,
) (*batch.Service, error) {
	s := &batch.Service{
		Control: b.Control, Role: b.Role, MaxRows: b.MaxRows,
		Evidence: store.Store{Client: client, Bucket: b.Evidence, Limiter: store.NewLimiter(jobs)},
	}
	if b.Role == "" {
		wrong.add(`role: no role for S3 Batch Operations; ` +
			`add "batch" to the bucket's settings and deploy it, or name a role`)
	} else if _, err := s.Account(); err != nil {
		wrong.add("%v", err)
	}
	if b.Evidence == "" {
		wrong.add(`evidence: no bucket for manifests and reports; ` +
			`add "evidence" to the settings and deploy it, or name a bucket`)
		return s, nil
	}
	skew, err := s.Evidence.Clock(ctx)
	if store.IsCode(err, "NoSuchBucket") {
		wrong.add("evidence bucket %s: doesn't exist", b.Evidence)
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("evidence bucket: %w", explain(err))
	}
	s.Skew = skew
	return s, nil
}

// errBatch is the error of a job or of a request about one.
var errBatch = errors.New("S3 Batch Operations")

// createJob creates or finds a job, and checks that S3 counted the manifest's rows.
// A complete job is found unless again returns true.
func createJob(
	ctx context.Context,
	s *batch.Service,
	m batch.Manifest,
	token, description, folder string,
	operation *types.JobOperation,
	again func(batch.Job) bool,
) (BatchJob, error) {
	j, err := s.Create(ctx, m, token, description, folder, operation, again)
	one := BatchJob{Versions: m.Rows}
	one.set(j)
	if err != nil {
		return one, errors.Join(fmt.Errorf("%w: %w", errBatch, err), cancelWaiting(ctx, s, []BatchJob{one}))
	}
	switch {
	case j.Status == types.JobStatusFailed && j.Succeeded+j.Failed == 0:
		return one, fmt.Errorf("%w: job %s failed before it ran: %s", errBatch, j.ID, j.Why)
	case j.Total != m.Rows:
		err := fmt.Errorf("%w: S3 counted %d tasks for job %s, and its manifest has %d rows",
			errBatch, j.Total, j.ID, m.Rows)
		return one, errors.Join(err, cancelWaiting(ctx, s, []BatchJob{one}))
	}
	return one, nil
}

func (b *BatchJob) set(j batch.Job) {
	b.job, b.ID, b.Status, b.Succeeded, b.Failed, b.Why = j, j.ID, string(j.Status), j.Succeeded, j.Failed, j.Why
	b.Created, b.Ended = j.Created, j.Terminated
}

// waiting reports whether one of the jobs waits for confirmation.
func waiting(jobs []BatchJob) bool {
	for _, j := range jobs {
		if j.job.Status == types.JobStatusSuspended {
			return true
		}
	}
	return false
}

// startWaiting starts the jobs that wait for confirmation.
func startWaiting(ctx context.Context, s *batch.Service, jobs []BatchJob) error {
	for i, j := range jobs {
		if j.job.Status != types.JobStatusSuspended {
			continue
		}
		if err := s.Set(ctx, j.job, types.RequestedJobStatusReady); err != nil {
			return fmt.Errorf("%w: %w", errBatch, err)
		}
		jobs[i].setStatus(types.JobStatusReady)
	}
	return nil
}

// cancelWithin is how long the cancellation of jobs may take.
const cancelWithin = 30 * time.Second

// cancelWaiting cancels all jobs that weren't confirmed, even if the run was
// interrupted: nobody would expect them to be started later.
func cancelWaiting(ctx context.Context, s *batch.Service, jobs []BatchJob) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelWithin)
	defer stop()
	var failed []error
	for i, j := range jobs {
		if j.ID == "" || j.Status != "" && !j.job.Unconfirmed() {
			continue
		}
		// Another run may have started it in the meantime.
		is, err := s.Describe(ctx, j.job)
		if err == nil && !is.Unconfirmed() {
			continue
		}
		if err == nil {
			err = s.Set(ctx, j.job, types.RequestedJobStatusCancelled)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%w: job %s isn't cancelled: %w", errBatch, j.ID, err))
			continue
		}
		jobs[i].setStatus(types.JobStatusCancelled)
	}
	return errors.Join(failed...)
}

func (b *BatchJob) setStatus(status types.JobStatus) { b.job.Status, b.Status = status, string(status) }

// follow waits for all jobs.
func follow(ctx context.Context, s *batch.Service, jobs []BatchJob, m *meter) error {
	var total, before int64
	for _, j := range jobs {
		total += j.Versions
	}
	m.begin(StepJob, total, 0)
	for i := range jobs {
		j, err := s.Wait(ctx, jobs[i].job, func(j batch.Job) { m.files.Store(before + j.Succeeded + j.Failed) })
		if ctx.Err() != nil {
			return fmt.Errorf("%w; the jobs go on: run it again to follow them", context.Cause(ctx))
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errBatch, err)
		}
		jobs[i].set(j)
		before += j.Succeeded + j.Failed
	}
	return nil
}

// causes collects the errors of failed tasks.
type causes []BatchFailure

func (c *causes) add(row batch.Row) {
	for i := range *c {
		if one := &(*c)[i]; one.Code == row.Code && one.HTTPStatus == row.HTTPStatus {
			one.Count++
			return
		}
	}
	*c = append(*c, BatchFailure{row.Code, row.HTTPStatus, row.Message, row.Key, 1})
}

// jobIDs returns the IDs of a renewal's jobs.
func (r Renewed) jobIDs() []string {
	var ids []string
	for _, j := range r.Jobs {
		ids = append(ids, j.ID)
	}
	return ids
}
