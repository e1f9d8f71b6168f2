package batchjobs

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// task is a row of a manifest.
type task struct {
	Bucket, Key string
	// Version is empty if the manifest has no versions.
	Version string
	// EncodedKey is the key as the manifest has it.
	EncodedKey string
	hasVersion bool
}

// columns are the places of the fields; version is -1 if there is none.
type columns struct{ bucket, key, version, number int }

// columnsOf reads the fields of a manifest.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_JobManifestSpec.html
func columnsOf(fields []string) (columns, error) {
	c := columns{
		slices.Index(fields, "Bucket"), slices.Index(fields, "Key"), slices.Index(fields, "VersionId"), len(fields),
	}
	if c.bucket < 0 || c.key < 0 {
		return c, bad("Required fields are missing in the schema: Bucket, Key")
	}
	for _, field := range fields {
		if !slices.Contains([]string{"Bucket", "Key", "VersionId", "Ignore"}, field) {
			return c, bad("unknown field %q", field)
		}
	}
	return c, nil
}

// jobError is why a job fails.
type jobError failure

func (e jobError) Error() string { return e.FailureCode + ": " + e.FailureReason }

// tasks reads a job's manifest with the role's rights. It returns a jobError
// for a manifest that S3 wouldn't take.
func (s *Service) tasks(ctx context.Context, of manifest) iter.Seq2[task, error] {
	return func(yield func(task, error) bool) {
		bucket, key, err := objectARN(of.Location.ObjectArn)
		if err != nil {
			yield(task{}, err)
			return
		}
		input := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
		if id := of.Location.ObjectVersionID; id != "" {
			input.VersionId = &id
		}
		out, err := s.client.GetObject(ctx, input)
		if err != nil {
			code, message, _ := answerOf(err)
			yield(task{}, jobError{"ManifestNotReadable", fmt.Sprintf("read the manifest: %s: %s", code, message)})
			return
		}
		defer func() { _ = out.Body.Close() }()
		if got, want := bare(aws.ToString(out.ETag)), bare(of.Location.ETag); got != want {
			yield(task{}, jobError{
				"InvalidManifest",
				fmt.Sprintf("the manifest has the ETag %s, and the job says %s", got, want),
			})
			return
		}
		for row, err := range rows(out.Body, of.Spec.Fields) {
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func bare(etag string) string { return strings.Trim(etag, `"`) }

// rows reads a manifest.
func rows(from io.Reader, fields []string) iter.Seq2[task, error] {
	return func(yield func(task, error) bool) {
		c, err := columnsOf(fields)
		if err != nil {
			yield(task{}, err)
			return
		}
		in := csv.NewReader(from)
		in.FieldsPerRecord, in.ReuseRecord = c.number, true
		first := ""
		for {
			record, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(task{}, jobError{"InvalidManifestContent", err.Error()})
				return
			}
			one := task{Bucket: strings.Clone(record[c.bucket]), EncodedKey: strings.Clone(record[c.key])}
			if one.Key, err = url.QueryUnescape(one.EncodedKey); err != nil || one.Key == "" {
				yield(task{}, jobError{"InvalidManifestContent", fmt.Sprintf("Invalid object key format: %q", one.EncodedKey)})
				return
			}
			if c.version >= 0 {
				one.Version, one.hasVersion = strings.Clone(record[c.version]), true
			}
			if first == "" {
				first = one.Bucket
			}
			if one.Bucket != first {
				yield(task{}, jobError{"InvalidManifestContent", "the objects are in more than one bucket"})
				return
			}
			if !yield(one, nil) {
				return
			}
		}
	}
}
