package dataset_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestVerifyAtRest has S3 read the bytes: it finds what an accepted checksum
// can't show, and says who computed it, and when.
func TestVerifyAtRest(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	_, published := l.publishedInParts(t, "s3://data/set", dataset.PublishOptions{})
	b := l.options()
	b.Wait, b.MaxRows = false, 5
	asked := 0
	b.Confirm = func(p dataset.BatchPlan) error { asked++; return nil }
	verify := func() (dataset.Verification, error) {
		return dataset.VerifyAtRest(t.Context(), l.Client, at(t, "s3://data/set"),
			dataset.VerifyOptions{Root: published.RootDigest}, b)
	}
	started, err := verify()
	if !errors.Is(err, dataset.ErrStarted) || started.Checked != 0 || len(started.AtRest.Jobs) != 2 {
		t.Fatalf("a run that only starts jobs: %+v, %v", started, err)
	}
	if _, err := started.Statement(); err == nil {
		// It has no findings, and has looked at nothing.
		t.Error("what only started jobs can be attested")
	}
	b.Wait = true
	before := time.Now()
	v, err := verify()
	if err != nil || !v.Clean() || asked != 1 || v.Level != dataset.AtRest {
		t.Fatalf("asked %d times; %s, %v", asked, names(v), err)
	}
	if a := v.AtRest; a.Files != int64(len(mixed)) || a.Bytes != published.Bytes || a.From.After(a.To) ||
		a.To.After(time.Now().Add(time.Second)) || a.Jobs[0].ID != started.AtRest.Jobs[0].ID || a.From.After(before) {
		t.Errorf("%+v", v.AtRest)
	}
	if text := v.CheckedText(); !strings.Contains(text, "of these S3 read 9 again") {
		t.Error(text)
	}
	if text, err := v.Statement(); err != nil || !strings.Contains(string(text), "DATALOCK_LEVEL_at-rest") ||
		!strings.Contains(string(text), "DATALOCK_READ_BY_S3_FROM_"+v.AtRest.From.Format("2006-01-02T15:04:05Z")) {
		t.Errorf("%s, %v", text, err)
	}

	inPlace(t, l.atRest("set/a/1.bin"), flipBit)
	inPlace(t, l.atRest("set/train/001.parquet"), flipBit)
	if accepted := l.verify(t, "s3://data/set", dataset.VerifyOptions{}); !accepted.Clean() {
		t.Fatalf("an accepted checksum shows %s", names(accepted))
	}
	l.policy(t, `{"Effect":"Deny","Principal":{"AWS":"`+batchRole+
		`"},"Action":"s3:GetObjectVersion","Resource":"arn:aws:s3:::data/set/a.txt"}`)
	if _, err := l.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: aws.String("data"),
		Key:    aws.String("set/exact"),
	}); err != nil {
		t.Fatal(err)
	}
	b.On = time.Now().AddDate(0, 0, 1)
	v, err = verify()
	if err != nil || v.Counts[dataset.Changed] != 2 || v.Counts[dataset.Unknown] != 1 || v.Counts[dataset.Hidden] != 1 ||
		len(v.Counts) != 3 {
		t.Errorf("%s, %v", names(v), err)
	}
	if v.AtRest.Files != int64(len(mixed))-1 || !strings.Contains(names(v), "of its bytes at rest") ||
		!strings.Contains(names(v), "set/a.txt") {
		t.Errorf("S3 read %d files\n%s", v.AtRest.Files, names(v))
	}
}
