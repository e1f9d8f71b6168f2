package batchjobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Limits of a job.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-job-status.html#batch-ops-job-status-failure
const (
	// mayFail is how many tasks run before a job can fail for their failures.
	mayFail = 1000
	// workers run the tasks of a job.
	workers = 8
)

// prepare reads a job's manifest once and counts its tasks.
func (s *Service) prepare(ctx context.Context, j *job) {
	s.change(j, func(j *job) {
		if !j.ended() {
			j.Status = preparing
		}
	})
	total := int64(0)
	var failure error
	for _, err := range s.tasks(ctx, *j.Request.Manifest) {
		if err != nil {
			failure = err
			break
		}
		total++
	}
	if ctx.Err() != nil {
		return
	}
	if failure == nil && total == 0 {
		failure = jobError{"InvalidManifestContent", "the manifest is empty"}
	}
	s.change(j, func(j *job) {
		switch now := time.Now().UTC(); {
		case j.ended():
		case failure != nil:
			j.fail(failure)
		default:
			j.Progress = progress{TotalNumberOfTasks: total}
			j.Status = ready
			if !j.Confirmed {
				j.Status, j.Suspended = suspended, &now
			}
		}
	})
	s.poke()
}

func (j *job) fail(err error) {
	var why jobError
	if !errors.As(err, &why) {
		why = jobError{"InternalError", err.Error()}
	}
	j.Failures = append(j.Failures, failure(why))
	j.end(failed)
}

// execute runs the tasks of a job and writes its report.
func (s *Service) execute(ctx context.Context, j *job) {
	tasksCtx, stop := context.WithCancel(ctx)
	defer stop()
	begun := false
	s.change(j, func(j *job) {
		if j.Status == ready {
			j.Status, j.stop, begun = active, stop, true
		}
	})
	if !begun {
		return
	}
	results, err := newResults()
	if err == nil {
		defer results.close()
		began := time.Now()
		err = s.runTasks(ctx, tasksCtx, stop, j, results)
		s.change(j, func(j *job) {
			j.Progress.Timers.ElapsedTimeInActiveSeconds = int64(time.Since(began).Seconds())
			j.stop = nil
		})
	}
	if ctx.Err() != nil {
		// The server stops: its next start runs the job again.
		return
	}
	s.finish(ctx, j, results, err)
}

// runTasks runs the tasks until they are done, too many fail, or the job is
// cancelled. What has begun then runs to its end, and is reported.
func (s *Service) runTasks(
	server, ctx context.Context, stop context.CancelFunc, j *job, results *results,
) error {
	queue := make(chan task)
	var group sync.WaitGroup
	var once sync.Once
	var failure error
	give := func(err error) {
		once.Do(func() { failure = err })
		stop()
	}
	for range workers {
		group.Go(func() {
			for t := range queue {
				r := s.do(server, j.Request.Operation, t)
				if server.Err() != nil {
					return
				}
				if err := results.add(t, r); err != nil {
					give(err)
				}
				if s.tooMany(j, r.failed()) {
					give(jobError{"JobFailureThresholdExceeded", "more than 50% of the tasks failed"})
				}
			}
		})
	}
	for t, err := range s.tasks(ctx, *j.Request.Manifest) {
		if err != nil {
			if ctx.Err() == nil {
				give(err)
			}
			break
		}
		select {
		case queue <- t:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	group.Wait()
	return failure
}

// tooMany counts a task, and says whether the job must fail.
func (s *Service) tooMany(j *job, failed bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if failed {
		j.Progress.NumberOfTasksFailed++
	} else {
		j.Progress.NumberOfTasksSucceeded++
	}
	done := j.Progress.NumberOfTasksFailed + j.Progress.NumberOfTasksSucceeded
	return done >= mayFail && 2*j.Progress.NumberOfTasksFailed > done
}

// finish writes the report and ends the job.
func (s *Service) finish(ctx context.Context, j *job, results *results, failure error) {
	stopped := false
	s.change(j, func(j *job) {
		switch {
		case failure != nil:
			j.Status = failing
		case j.Status == cancelling:
			stopped = true
		default:
			j.Status = completing
		}
	})
	if results != nil && j.Request.Report.Enabled {
		if err := s.report(ctx, j, results); err != nil && failure == nil {
			code, message, _ := answerOf(err)
			failure = jobError{code, fmt.Sprintf("write the completion report: %s", message)}
		}
	}
	s.change(j, func(j *job) {
		switch {
		case failure != nil:
			j.fail(failure)
		case stopped:
			j.end(cancelled)
		default:
			j.end(complete)
		}
	})
}
