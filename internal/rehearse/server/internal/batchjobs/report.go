package batchjobs

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// results collects the results of tasks, in one file for those that succeeded
// and one for those that failed.
type results struct {
	mu    sync.Mutex
	files map[string]*resultFile
}

type resultFile struct {
	file  *os.File
	out   *bufio.Writer
	csv   *csv.Writer
	sum   hash.Hash
	count int64
}

// The values of TaskStatus.
const (
	succeededTasks = "succeeded"
	failedTasks    = "failed"
)

func newResults() (*results, error) {
	r := &results{files: map[string]*resultFile{}}
	for _, status := range []string{succeededTasks, failedTasks} {
		file, err := os.CreateTemp("", folderPrefix)
		if err != nil {
			r.close()
			return nil, fmt.Errorf("make a file for results: %w", err)
		}
		_ = os.Remove(file.Name())
		f := &resultFile{file: file, sum: md5.New()}
		f.out = bufio.NewWriter(io.MultiWriter(file, f.sum))
		f.csv = csv.NewWriter(f.out)
		r.files[status] = f
	}
	return r, nil
}

// folderPrefix begins the names of temporary files.
const folderPrefix = "datalock-server-results-"

func (r *results) close() {
	for _, f := range r.files {
		_ = f.file.Close()
	}
}

// add adds a result. The columns are in the order of S3's example rows, which
// isn't that of its ReportSchema.
func (r *results) add(t task, one result) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	status := succeededTasks
	if one.failed() {
		status = failedTasks
	}
	f := r.files[status]
	f.count++
	row := []string{t.Bucket, t.EncodedKey, t.Version, status, strconv.Itoa(one.status), one.code, one.message}
	if err := f.csv.Write(row); err != nil {
		return fmt.Errorf("write a result: %w", err)
	}
	return nil
}

type reportManifest struct {
	Format             string
	ReportCreationDate string
	Results            []reportResult
	ReportSchema       string
}

type reportResult struct {
	TaskExecutionStatus, Bucket, MD5Checksum, Key string
}

// report writes the completion report with the role's rights.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html
func (s *Service) report(ctx context.Context, j *job, results *results) error {
	wanted := j.Request.Report
	bucket := strings.TrimPrefix(wanted.Bucket, bucketARN)
	folder := path.Join(wanted.Prefix, "job-"+j.ID)
	out := reportManifest{
		Format: wanted.Format, ReportCreationDate: time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		Results:      []reportResult{},
		ReportSchema: "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage",
	}
	for _, status := range []string{succeededTasks, failedTasks} {
		f := results.files[status]
		if f.count == 0 || status == succeededTasks && wanted.ReportScope == "FailedTasksOnly" {
			continue
		}
		f.csv.Flush()
		if err := f.out.Flush(); err != nil {
			return fmt.Errorf("write the results: %w", err)
		}
		if _, err := f.file.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("read the results: %w", err)
		}
		key := fmt.Sprintf("%s/results/%x.csv", folder, sha1.Sum([]byte(j.ID+status)))
		if err := s.put(ctx, bucket, key, f.file); err != nil {
			return err
		}
		out.Results = append(out.Results, reportResult{status, bucket, fmt.Sprintf("%x", f.sum.Sum(nil)), key})
	}
	text, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	sum := fmt.Sprintf("%x", md5.Sum(text))
	if err := s.put(ctx, bucket, folder+"/manifest.json", bytes.NewReader(text)); err != nil {
		return err
	}
	return s.put(ctx, bucket, folder+"/manifest.json.md5", strings.NewReader(sum))
}

// put writes an object of the report, which S3 encrypts with SSE-S3.
func (s *Service) put(ctx context.Context, bucket, key string, body io.ReadSeeker) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: aws.String(key), Body: body, ServerSideEncryption: types.ServerSideEncryptionAes256,
	})
	return err
}
