package batchjobs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The statuses of a job.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-job-status.html
const (
	isNew       = "New"
	preparing   = "Preparing"
	suspended   = "Suspended"
	ready       = "Ready"
	active      = "Active"
	completing  = "Completing"
	complete    = "Complete"
	cancelling  = "Cancelling"
	cancelled   = "Cancelled"
	failing     = "Failing"
	failed      = "Failed"
	awaitsACall = "AwaitingConfirmation"
)

// job is a job with what is kept of it. The service's mutex guards it.
type job struct {
	ID         string
	Account    string
	Request    request
	Status     string
	Reason     string
	Confirmed  bool
	Created    time.Time
	Suspended  *time.Time
	Terminated *time.Time
	Progress   progress
	Failures   []failure

	// stop ends its tasks; nil unless they run.
	stop context.CancelFunc
}

func (j *job) ended() bool {
	return j.Status == complete || j.Status == cancelled || j.Status == failed
}

// end puts a job into a terminal status.
func (j *job) end(status string) {
	now := time.Now().UTC()
	j.Status, j.Terminated = status, &now
}

// keep writes a job into the service's folder.
func (s *Service) keep(j *job) error {
	text, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode job %s: %w", j.ID, err)
	}
	path := filepath.Join(s.folder, j.ID+".json")
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return fmt.Errorf("keep job %s: %w", j.ID, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep job %s: %w", j.ID, err)
	}
	return nil
}

// load reads the jobs of an earlier run. Those that were being cancelled or had
// failed end so; others that hadn't ended begin anew.
func (s *Service) load() error {
	paths, err := filepath.Glob(filepath.Join(s.folder, "*.json"))
	if err != nil {
		return fmt.Errorf("find the kept jobs: %w", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read the kept jobs: %w", err)
		}
		j := &job{}
		if err := json.Unmarshal(text, j); err != nil {
			return fmt.Errorf("read the kept job %s: %w", path, err)
		}
		switch {
		case j.Status == cancelling:
			j.end(cancelled)
		case j.Status == failing:
			j.fail(jobError{"InternalError", "the server was stopped before it had written the completion report"})
		case !j.ended() && j.Status != suspended:
			j.Status, j.Progress = isNew, progress{}
		}
		if err := s.keep(j); err != nil {
			return err
		}
		s.jobs[j.ID] = j
	}
	return nil
}

// change changes a job and keeps it.
func (s *Service) change(j *job, to func(*job)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to(j)
	if err := s.keep(j); err != nil {
		fmt.Fprintf(os.Stderr, "server: %v\n", err)
	}
}

func (j *job) descriptor(region string) descriptor {
	d := descriptor{
		JobID: j.ID, JobArn: "arn:aws:s3:" + region + ":" + j.Account + ":job/" + j.ID,
		ConfirmationRequired: j.Request.ConfirmationRequired, Description: j.Request.Description,
		Status: j.Status, Manifest: j.Request.Manifest, Operation: j.Request.Operation,
		Priority: j.Request.Priority, ProgressSummary: j.Progress, StatusUpdateReason: j.Reason,
		FailureReasons: j.Failures, Report: j.Request.Report, CreationTime: j.Created,
		TerminationDate: j.Terminated, RoleArn: j.Request.RoleArn, SuspendedDate: j.Suspended,
	}
	if j.Status == suspended {
		d.SuspendedCause = awaitsACall
	}
	return d
}
