package batchjobs

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v3"

	"datalock/internal/rehearse/server/internal/identity"
)

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html
func (s *Service) create(ctx fiber.Ctx) (any, error) {
	var wanted request
	if err := xml.Unmarshal(ctx.BodyRaw(), &wanted); err != nil {
		return nil, bad("malformed XML: %v", err)
	}
	if err := wanted.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return nil, apiError{"ServiceUnavailable", "the server is starting", 503}
	}
	for _, j := range s.jobs {
		if j.Request.ClientRequestToken != wanted.ClientRequestToken {
			continue
		}
		if same(j.Request, wanted) {
			return createJobResult{JobID: j.ID}, nil
		}
		return nil, apiError{"IdempotencyException", "the ClientRequestToken was used for a different job", 400}
	}
	j := &job{
		ID: newID(), Account: ctx.Get("X-Amz-Account-Id"), Request: wanted, Status: isNew,
		Created: time.Now().UTC(), Confirmed: !wanted.ConfirmationRequired,
	}
	if err := s.keep(j); err != nil {
		return nil, err
	}
	s.jobs[j.ID] = j
	go s.prepare(s.running, j)
	return createJobResult{JobID: j.ID}, nil
}

func same(a, b request) bool {
	a.XMLName, b.XMLName = xml.Name{}, xml.Name{}
	one, err := json.Marshal(a)
	other, otherErr := json.Marshal(b)
	return err == nil && otherErr == nil && bytes.Equal(one, other)
}

// newID returns a random id in the form of a UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func bad(format string, args ...any) error {
	return apiError{"BadRequestException", fmt.Sprintf(format, args...), 400}
}

// check refuses what S3 refuses, and what this server doesn't run.
func (r request) check() error {
	const csvFormat = "S3BatchOperations_CSV_20180820"
	switch {
	case r.ClientRequestToken == "" || len(r.ClientRequestToken) > 64:
		return bad("ClientRequestToken must have 1 to 64 characters")
	case utf8.RuneCountInString(r.Description) > 256:
		return bad("Description is longer than 256 characters")
	case r.ManifestGenerator != nil || r.Manifest == nil:
		return bad("this server runs jobs with a manifest only")
	case r.Manifest.Spec.Format != csvFormat:
		return bad("this server reads manifests in the format %s only", csvFormat)
	case r.Manifest.Location.ETag == "":
		return bad("Manifest.Location.ETag is missing")
	case r.RoleArn != identity.Batch.ARN():
		return bad("the role %s can't be assumed; this server has one role for jobs, %s", r.RoleArn, identity.Batch.ARN())
	case r.Priority < 0:
		return bad("Priority is negative")
	}
	if _, _, err := objectARN(r.Manifest.Location.ObjectArn); err != nil {
		return err
	}
	if _, err := columnsOf(r.Manifest.Spec.Fields); err != nil {
		return err
	}
	if err := r.Report.check(); err != nil {
		return err
	}
	return r.Operation.check()
}

func (r report) check() error {
	if !r.Enabled {
		return nil
	}
	switch {
	case r.Format != "Report_CSV_20180820":
		return bad("Report.Format must be Report_CSV_20180820")
	case r.ReportScope != "AllTasks" && r.ReportScope != "FailedTasksOnly":
		return bad("Report.ReportScope must be AllTasks or FailedTasksOnly")
	case utf8.RuneCountInString(r.Prefix) > 512:
		return bad("Report.Prefix is longer than 512 characters")
	case !strings.HasPrefix(r.Bucket, bucketARN):
		return bad("Report.Bucket must be a bucket's ARN")
	}
	return nil
}

const bucketARN = "arn:aws:s3:::"

// objectARN splits arn:aws:s3:::BUCKET/KEY.
func objectARN(arn string) (bucket, key string, err error) {
	rest, isS3 := strings.CutPrefix(arn, bucketARN)
	bucket, key, isObject := strings.Cut(rest, "/")
	if !isS3 || !isObject || bucket == "" || key == "" {
		return "", "", bad("%q is no object's ARN", arn)
	}
	return bucket, key, nil
}

// find returns the job in the path; the caller holds the mutex.
func (s *Service) find(ctx fiber.Ctx) (*job, error) {
	j := s.jobs[ctx.Params("id")]
	if j == nil {
		return nil, apiError{"NoSuchJob", "The specified job does not exist", 404}
	}
	return j, nil
}

func (s *Service) describe(ctx fiber.Ctx) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	return describeJobResult{Job: j.descriptor(s.Region)}, nil
}

// list lists the jobs, the newest first. Its token is the number of jobs before.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListJobs.html
func (s *Service) list(ctx fiber.Ctx) (any, error) {
	wanted := map[string]bool{}
	for _, status := range ctx.Request().URI().QueryArgs().PeekMulti("jobStatuses") {
		wanted[string(status)] = true
	}
	most, from := 1000, 0
	if text := ctx.Query("maxResults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			return nil, bad("maxResults must be from 1 to 1000")
		}
		most = n
	}
	if text := ctx.Query("nextToken"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, apiError{"InvalidNextTokenException", "the token is not one of this server's", 400}
		}
		from = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []*job{}
	for _, j := range s.jobs {
		if len(wanted) == 0 || wanted[j.Status] {
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b *job) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID))
	})
	var out listJobsResult
	for i, j := range all {
		if i < from {
			continue
		}
		if i == from+most {
			out.NextToken = strconv.Itoa(i)
			break
		}
		out.Jobs = append(out.Jobs, listMember{
			j.ID, j.Request.Description, j.Request.Operation.name(), j.Request.Priority, j.Status,
			j.Created, j.Terminated, j.Progress,
		})
	}
	return out, nil
}

// updateStatus confirms or cancels a job.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateJobStatus.html
func (s *Service) updateStatus(ctx fiber.Ctx) (any, error) {
	wanted := ctx.Query("requestedJobStatus")
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case wanted == ready && j.Status == suspended:
		j.Status, j.Confirmed = ready, true
	case wanted == cancelled && !j.ended():
		if j.stop != nil {
			j.Status = cancelling
			j.stop()
		} else {
			j.end(cancelled)
		}
	case wanted != ready && wanted != cancelled:
		return nil, bad("requestedJobStatus must be Ready or Cancelled")
	default:
		return nil, apiError{"JobStatusException", "a job in the status " + j.Status + " can't become " + wanted, 400}
	}
	j.Reason = ctx.Query("statusUpdateReason")
	if err := s.keep(j); err != nil {
		return nil, err
	}
	s.poke()
	return updateStatusResult{JobID: j.ID, Status: j.Status, StatusUpdateReason: j.Reason}, nil
}

func (s *Service) updatePriority(ctx fiber.Ctx) (any, error) {
	priority, err := strconv.ParseInt(ctx.Query("priority"), 10, 32)
	if err != nil || priority < 0 {
		return nil, bad("priority must be a number from 0 to 2147483647")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	if j.ended() {
		return nil, bad("the job has ended")
	}
	j.Request.Priority = int32(priority)
	if err := s.keep(j); err != nil {
		return nil, err
	}
	return updatePriorityResult{JobID: j.ID, Priority: j.Request.Priority}, nil
}
