package dataset_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestProgressOfASample: the total is what is read, not the dataset.
func TestProgressOfASample(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	l.published(t, "s3://data/set", dataset.PublishOptions{})
	var last dataset.Progress
	v := l.verify(t, "s3://data/set", dataset.VerifyOptions{
		Sample: 3, Seed: 7, Progress: func(p dataset.Progress) { last = p },
	})
	want := dataset.Progress{
		Step: dataset.StepHead, Files: v.Files, FilesTotal: v.Files, Bytes: v.ReadBytes, BytesTotal: v.ReadBytes,
	}
	if v.ReadFiles != 3 || v.ReadBytes == v.Bytes || last != want {
		t.Errorf("the last progress is %+v, want %+v", last, want)
	}
}

// TestProgressOfAPublish: files that the bucket already has are told apart from
// those that are sent.
func TestProgressOfAPublish(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"kept": 300, "sent": 40})
	text, err := os.ReadFile(filepath.Join(dir, "kept"))
	must(t, err)
	_, err = l.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("data"), Key: aws.String("set/kept"), Body: bytes.NewReader(text),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	})
	must(t, err)
	var sending dataset.Progress
	published, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{
		Progress: func(p dataset.Progress) {
			if p.Kept > 0 {
				sending = p
			}
		},
	})
	must(t, err)
	if published.Kept != 1 || published.Sent != 1 || sending.Kept != 1 {
		t.Errorf("%+v, progress %+v", published, sending)
	}
}

// TestStopsInAFile: a cancelled run doesn't first hash the whole of a large file.
func TestStopsInAFile(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1})
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{})
	must(t, err)
	const large = 1 << 33 // sparse
	must(t, os.Truncate(filepath.Join(dir, "f"), large))
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped by the test")
	var last dataset.Progress
	_, err = dataset.VerifyCopy(ctx, l.Client, at(t, "s3://data/set"), dir, dataset.VerifyOptions{
		Progress: func(p dataset.Progress) {
			if last = p; p.Bytes > 0 {
				cancel(stopped)
			}
		},
	})
	if !errors.Is(err, stopped) || last.Bytes == 0 || last.Bytes >= large {
		t.Errorf("after %d bytes: %v", last.Bytes, err)
	}
}
