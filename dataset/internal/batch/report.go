package batch

import (
	"context"
	"crypto/md5"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"datalock/dataset/internal/store"
)

// A Row is the result of a task.
type Row struct {
	Bucket, Key, VersionID string
	Succeeded              bool
	// Code and HTTPStatus are S3's error; Message is its text, or the result of the
	// operation.
	Code       string
	HTTPStatus int
	Message    string
}

// Report reads the completion report of a job, and calls each for every row. It
// fails if the MD5 of a file or the numbers of tasks differ from S3's.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html
func (s *Service) Report(ctx context.Context, j Job, each func(Row) error) error {
	folder := j.folder + "/job-" + j.ID + "/"
	fail := func(err error) error {
		return fmt.Errorf("read the report s3://%s/%s: %w", s.Evidence.Bucket, folder, err)
	}
	text, err := s.top(ctx, folder+"manifest.json")
	if err != nil {
		return fail(err)
	}
	var top struct {
		Format  string
		Results []struct{ TaskExecutionStatus, Bucket, MD5Checksum, Key string }
	}
	if err := json.Unmarshal(text, &top); err != nil {
		return fail(err)
	}
	if top.Format != "Report_CSV_20180820" {
		return fail(fmt.Errorf("its format is %q", top.Format))
	}
	var succeeded, failed int64
	for _, file := range top.Results {
		if file.Bucket != s.Evidence.Bucket || !strings.HasPrefix(file.Key, folder) {
			return fail(fmt.Errorf("it names s3://%s/%s", file.Bucket, file.Key))
		}
		err := s.results(ctx, file.Key, file.MD5Checksum, func(r Row) error {
			if r.Succeeded {
				succeeded++
			} else {
				failed++
			}
			return each(r)
		})
		if err != nil {
			return fail(err)
		}
	}
	if succeeded != j.Succeeded || failed != j.Failed {
		return fail(fmt.Errorf("it has %d tasks that succeeded and %d that failed, and S3 counted %d and %d",
			succeeded, failed, j.Succeeded, j.Failed))
	}
	return nil
}

// reportTries is the number of attempts to read a report that doesn't exist yet.
const reportTries = 8

func (s *Service) top(ctx context.Context, key string) (text []byte, err error) {
	wait := firstPoll
	for range reportTries {
		var body io.ReadCloser
		if _, body, err = s.Evidence.Get(ctx, key, ""); err == nil {
			text, err = io.ReadAll(body)
			_ = body.Close()
		}
		if !store.NotFound(err) {
			return text, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(wait):
		}
		wait *= 3
	}
	return nil, err
}

// results reads one file of results.
func (s *Service) results(ctx context.Context, key, sum string, each func(Row) error) error {
	h := md5.New()
	_, body, err := s.Evidence.Get(ctx, key, "")
	if err != nil {
		return err
	}
	defer body.Close()
	in := csv.NewReader(io.TeeReader(body, h))
	// AWS's examples have quotes that aren't doubled.
	in.FieldsPerRecord, in.LazyQuotes, in.ReuseRecord = -1, true, true
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		row, err := rowOf(fields)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if err := each(row); err != nil {
			return err
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); !strings.EqualFold(got, sum) {
		return fmt.Errorf("the MD5 of %s is %s, and the report says %s", key, got, sum)
	}
	return nil
}

// rowOf parses a row. In AWS's examples the HTTP status comes before the error
// code, in the report's schema after it. Only the status is a number.
func rowOf(fields []string) (Row, error) {
	if len(fields) < 7 {
		return Row{}, fmt.Errorf("a row has %d fields, not 7: %q", len(fields), fields)
	}
	key, err := url.QueryUnescape(fields[1])
	if err != nil {
		return Row{}, fmt.Errorf("the key %q isn't URL-encoded", fields[1])
	}
	status, code := fields[4], fields[5]
	n, err := strconv.Atoi(status)
	if err != nil {
		code = status
		n, _ = strconv.Atoi(fields[5])
	}
	r := Row{
		Bucket: strings.Clone(fields[0]), Key: key, VersionID: strings.Clone(fields[2]), HTTPStatus: n,
		Code: strings.Clone(code), Message: strings.Join(fields[6:], ","),
	}
	switch fields[3] {
	case "succeeded":
		r.Succeeded = true
	case "failed":
	default:
		return Row{}, fmt.Errorf("a task of %s has the status %q", key, fields[3])
	}
	return r, nil
}
