package dataset_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	compliance = types.ObjectLockRetentionModeCompliance
	governance = types.ObjectLockRetentionModeGovernance
)

// TestPublishAndVerify publishes in both modes and verifies in all ways.
func TestPublishAndVerify(t *testing.T) {
	l := newTestServer(t)
	for _, mode := range []types.ObjectLockRetentionMode{compliance, governance} {
		name := strings.ToLower(string(mode))
		l.bucket(t, name, mode, 2)
		location := "s3://" + name + "/set/1"
		_, p := l.publishedInParts(t, location, dataset.PublishOptions{})
		if p.Files != int64(len(mixed)) || p.Sent != p.Files || p.Kept != 0 || p.Retention.Mode != string(mode) {
			t.Errorf("published: %+v", p)
		}
		for level, o := range map[dataset.Level]dataset.VerifyOptions{
			dataset.Accepted: {Root: p.RootDigest}, dataset.Read: {Read: true}, dataset.Sampled: {Sample: 3, Seed: 7},
		} {
			v := l.verify(t, location, o)
			if !v.Clean() || v.Checked != int64(len(mixed)) || v.RootDigest != p.RootDigest || v.Level != level {
				t.Errorf("%s: %+v\n%s", level, v, names(v))
			}
			if read := map[dataset.Level]int64{dataset.Read: p.Files, dataset.Sampled: 3}[level]; v.ReadFiles != read {
				t.Errorf("%s: %d files were read, want %d", level, v.ReadFiles, read)
			}
			if in := time.Until(v.NextEnd.At); in < 47*time.Hour || in > 49*time.Hour {
				t.Errorf("%s: the next end is in %s", level, in)
			}
		}
		all, err := dataset.List(t.Context(), l.Client, name)
		if err != nil || len(all) != 1 || all[0].RootDigest != p.RootDigest || all[0].Files != p.Files ||
			all[0].Signed ||
			all[0].Problem != "" {
			t.Errorf("listed are %+v, %v", all, err)
		}
	}
}

// TestRetention: S3 gets the retention that was asked for, and mistakes are
// reported before anything is sent.
func TestRetention(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 2)
	date := time.Now().UTC().AddDate(0, 0, 20).Truncate(time.Hour)
	_, p := l.published(t, "s3://data/dated", dataset.PublishOptions{RetainUntil: date})
	if !p.Retention.Earliest.Equal(date) || !p.Retention.Latest.Equal(date) {
		t.Errorf("retained until %+v, want %s", p.Retention, date)
	}
	_, p = l.published(t, "s3://data/days", dataset.PublishOptions{Days: 5})
	if in := time.Until(p.Retention.Earliest); in < 119*time.Hour || in > 121*time.Hour {
		t.Errorf("retained for %s, want five days", in)
	}
	v := l.verify(t, "s3://data/days", dataset.VerifyOptions{Until: date})
	if v.Counts[dataset.EndsEarly] != len(mixed)+2 || len(v.Counts) != 1 {
		t.Errorf("ends early: %v", v.Counts)
	}
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1})
	policy := `{"Version":"2012-10-17","Statement":[
		{"Effect":"Deny","Principal":"*","Action":["s3:PutObject","s3:PutObjectRetention"],"Resource":"arn:aws:s3:::data/*","Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":["3"]}}},
		{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::data/*","Condition":{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"30"}}}]}`
	if _, err := l.PutBucketPolicy(
		t.Context(),
		&s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &policy},
	); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    dataset.PublishOptions
		want string
	}{
		"both":      {dataset.PublishOptions{Days: 5, RetainUntil: date}, "set a date or a number of days, not both"},
		"past":      {dataset.PublishOptions{RetainUntil: time.Now().Add(-time.Hour)}, "is not in the future"},
		"too long":  {dataset.PublishOptions{Days: 40000}, "must be a whole number from 1 to 36500"},
		"negative":  {dataset.PublishOptions{Days: -1}, "must be a whole number from 1 to 36500"},
		"floor":     {dataset.PublishOptions{Days: 2}, "is shorter than the 3 days that the bucket policy requires"},
		"ceiling":   {dataset.PublishOptions{Days: 31}, "is longer than the 30 days that the bucket policy allows"},
		"far date":  {dataset.PublishOptions{RetainUntil: date.AddDate(0, 0, 40)}, "is longer than the 30 days"},
		"near date": {dataset.PublishOptions{RetainUntil: time.Now().AddDate(0, 0, 1)}, "is shorter than the 3 days"},
		"edge date": {
			dataset.PublishOptions{RetainUntil: time.Now().AddDate(0, 0, 3).Add(time.Hour)},
			"leaves less than a day beyond the 3 days",
		},
		"croissant": {dataset.PublishOptions{Croissant: &dataset.Croissant{}}, "has no license"},
	} {
		mistake(t, l, dir, "s3://data/mistake", name, c.o, c.want)
	}
	nothingUnder(t, l, "data", "mistake")
}

// mistake expects a publish to be refused.
func mistake(t *testing.T, l testServer, dir, location, name string, o dataset.PublishOptions, want string) {
	t.Helper()
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, location), o)
	var m *dataset.Mistakes
	if !errors.As(err, &m) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: the error is %v, want %q", name, err, want)
	}
}

// nothingUnder expects no version under a prefix or its part of .datalock/.
func nothingUnder(t *testing.T, l testServer, bucket, prefix string) {
	t.Helper()
	for _, p := range []string{prefix, ".datalock/" + prefix} {
		if got := l.versions(t, bucket, p); len(got) > 0 {
			t.Errorf("there are %v", got)
		}
	}
}

// versions are the version ids by key.
func (l testServer) versions(t *testing.T, bucket, prefix string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	pages := s3.NewListObjectVersionsPaginator(
		l.Client,
		&s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &prefix},
	)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Versions {
			all[*v.Key] = append(all[*v.Key], *v.VersionId)
		}
		for _, m := range page.DeleteMarkers {
			all[*m.Key] = append(all[*m.Key], *m.VersionId)
		}
	}
	return all
}

// TestBucketsRefused: a bucket that isn't locked is refused, with what is
// missing.
func TestBucketsRefused(t *testing.T) {
	l := newTestServer(t)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1})
	for name, want := range map[string]string{"plain": "has no Object Lock", "unruled": "has no default retention"} {
		if _, err := l.CreateBucket(
			t.Context(),
			&s3.CreateBucketInput{Bucket: &name, ObjectLockEnabledForBucket: aws.Bool(name == "unruled")},
		); err != nil {
			t.Fatal(err)
		}
		mistake(t, l, dir, "s3://"+name+"/set", name, dataset.PublishOptions{Days: 3}, want)
		nothingUnder(t, l, name, "set")
	}
	mistake(t, l, dir, "s3://plain/set", "plain", dataset.PublishOptions{}, "has no versioning")
	if _, err := dataset.Publish(
		t.Context(),
		l.Client,
		dir,
		at(t, "s3://absent/set"),
		dataset.PublishOptions{},
	); err == nil ||
		!strings.Contains(err.Error(), "check the bucket's name") {
		t.Errorf("no such bucket: %v", err)
	}
}

// TestAllMistakesAtOnce: mistakes of the folder, the bucket and the prefix.
func TestAllMistakesAtOnce(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	l.published(t, "s3://data/a/b/c", dataset.PublishOptions{})
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1, "c/x": 1})
	if err := os.Symlink("f", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/a/b"), dataset.PublishOptions{Days: -3})
	for _, want := range []string{
		"link: is a symbolic link",
		"contains the dataset s3://data/a/b/c",
		"days = -3",
		"s3://data/a/b/c/README.md: is in the bucket but not in",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error doesn't say %q: %v", want, err)
		}
	}
	mistake(
		t,
		l,
		dir,
		"s3://data/a/b/c/d",
		"inside another",
		dataset.PublishOptions{},
		"is inside the dataset s3://data/a/b/c",
	)
	mistake(t, l, t.TempDir(), "s3://data/z", "empty", dataset.PublishOptions{}, "has no files")
}

func TestLocations(t *testing.T) {
	for text, want := range map[string]string{
		"s3://b/p": "s3://b/p", "s3://b/p/q/": "s3://b/p/q", "b/p": "", "s3:///p": "", "s3://b": "", "s3://b/": "",
		"s3://b//p":     "",
		"s3://b/p/../q": "", "s3://b/.datalock": "", "s3://b/.datalock/p": "", "s3://b/.datalocks": "s3://b/.datalocks",
		"s3://b/p\n": "", "s3://b/" + strings.Repeat("x", 1024): "",
	} {
		got, err := dataset.ParseLocation(text)
		if (err == nil) != (want != "") || want != "" && got.String() != want {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}

// TestConfirm: nothing is sent before the user agrees, and the plan is right.
func TestConfirm(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 2)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 5, "g/h": 6, "empty": -1, "x.tmp": 1})
	refused := errors.New("no")
	var plan dataset.Plan
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{
		Exclude: []string{"*.tmp"},
		Confirm: func(p dataset.Plan) error { plan = p; return refused },
	})
	if !errors.Is(err, refused) {
		t.Errorf("the error is %v", err)
	}
	if plan.Files != 2 || plan.Bytes != 11 || plan.Mode != "COMPLIANCE" || !plan.Default || plan.Excluded != 1 ||
		!slices.Equal(plan.EmptyFolders, []string{"empty"}) ||
		time.Until(plan.Until) < 47*time.Hour {
		t.Errorf("the plan is %+v", plan)
	}
	nothingUnder(t, l, "data", "set")
}

// TestProgress: the last progress reported is the total.
func TestProgress(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	var last dataset.Progress
	l.publishedInParts(t, "s3://data/set", dataset.PublishOptions{Progress: func(p dataset.Progress) {
		if p.Step == dataset.StepSend {
			last = p
		}
	}})
	if last.Files == 0 || last.FilesTotal != int64(len(mixed)) {
		t.Errorf("the last progress is %+v", last)
	}
}

// TestCanceled: a cancelled run says why.
func TestCanceled(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, mixed)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped by the test")
	_, err := dataset.Publish(
		ctx,
		l.Client,
		dir,
		at(t, "s3://data/set"),
		dataset.PublishOptions{Confirm: func(dataset.Plan) error { cancel(stopped); return nil }},
	)
	if !errors.Is(err, stopped) {
		t.Errorf("the error is %v", err)
	}
	if _, err := dataset.Verify(
		t.Context(),
		l.Client,
		at(t, "s3://data/set"),
		dataset.VerifyOptions{},
	); !errors.Is(
		err,
		dataset.ErrNotPublished,
	) {
		t.Errorf("what isn't published verifies: %v", err)
	}
}
