package dataset_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
)

// asked are options that keep what a run asks and notes.
type asked struct {
	dataset.PublishOptions
	plans []dataset.Plan
	notes []string
}

// asking agrees to the first plans and refuses the others.
func asking(agree int, o dataset.PublishOptions) *asked {
	a := &asked{PublishOptions: o}
	a.Confirm = func(p dataset.Plan) error {
		if a.plans = append(a.plans, p); len(a.plans) > agree {
			return errRefused
		}
		return nil
	}
	a.Note = func(text string) { a.notes = append(a.notes, text) }
	return a
}

var errRefused = errors.New("refused")

func (a *asked) noted(text string) bool { return strings.Contains(strings.Join(a.notes, "\n"), text) }

const year = 365 * 24 * time.Hour

// TestLongerThanPlanned: an earlier run's lock is in the plan if S3 shows it. That of an
// upload, which S3 doesn't show, and one that changes later, are asked for again before
// the manifest gets it. The next run knows them.
func TestLongerThanPlanned(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	only, both := map[string]int{"large": 20 << 20}, map[string]int{"a": 10, "large": 20 << 20}
	for prefix, c := range map[string]struct {
		files     map[string]int
		days      int
		meanwhile bool
		// questions of a run that agrees to all but the last, and whether that one has
		// the long lock.
		questions int
		long      bool
		uploads   int64
	}{
		"upload":    {only, 3650, false, 2, true, 1},
		"both":      {both, 3650, false, 1, true, 1},
		"short":     {both, 1, false, 1, false, 0},
		"meanwhile": {both, 1, true, 2, true, 0},
	} {
		location := "s3://data/" + prefix
		dir := l.interruptedWith(t, location, c.files, c.days)
		isLong := func(p dataset.Plan) bool { return p.ManifestUntil.Sub(p.Until) > 9*year }
		a := asking(c.questions-1, dataset.PublishOptions{Days: 7})
		confirm := a.Confirm
		a.Confirm = func(p dataset.Plan) error {
			if c.meanwhile && !p.Sent {
				must(t, l.lengthen(t, prefix+"/a", time.Now().Add(10*year)))
			}
			return confirm(p)
		}
		_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, location), a.PublishOptions)
		if !errors.Is(err, errRefused) || len(a.plans) != c.questions ||
			len(l.versions(t, "data", ".datalock/"+prefix+"/")) > 0 {
			t.Errorf("%s: refused, and there are %v, %v", prefix, l.beside(t, prefix), err)
		}
		first, last := a.plans[0], a.plans[len(a.plans)-1]
		if first.UnfinishedUploads != 1 || first.Present != int64(len(c.files)-1) || first.Sent ||
			isLong(first) != (c.long && c.questions == 1) || isLong(last) != c.long || last.Sent != (c.questions == 2) {
			t.Errorf("%s: the plans are %+v", prefix, a.plans)
		}
		next := asking(1, dataset.PublishOptions{Days: 7})
		p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, location), next.PublishOptions)
		must(t, err)
		if len(next.plans) != 1 || isLong(next.plans[0]) != c.long {
			t.Errorf("%s: the next run's plans are %+v", prefix, next.plans)
		}
		finisher := a
		if c.questions == 1 {
			if finisher = next; p.Continued != 1 || p.LockedLonger != c.uploads {
				t.Errorf("%s: %+v", prefix, p)
			}
		}
		if finisher.noted("1 upload that an earlier run began asked for a longer lock") != (c.uploads > 0) {
			t.Errorf("%s: noted %q", prefix, finisher.notes)
		}
		l.whole(t, "data", prefix, "")
		if left := time.Until(l.endsUnder(t, prefix)[".datalock/"+prefix+"/manifest.json"]); (left > 9*year) != c.long {
			t.Errorf("%s: the manifest is locked for %s", prefix, left)
		}
	}
}

// lengthen sets the end of the lock of a key's only version.
func (l testServer) lengthen(t *testing.T, key string, until time.Time) error {
	t.Helper()
	_, err := l.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
		Bucket: aws.String("data"), Key: &key, VersionId: &l.versions(t, "data", key)[key][0],
		Retention: &types.ObjectLockRetention{Mode: "COMPLIANCE", RetainUntilDate: &until},
	})
	return err
}

// TestStrongerThanPlanned: what an earlier run left in COMPLIANCE mode isn't lengthened in
// a bucket whose default is GOVERNANCE now.
func TestStrongerThanPlanned(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	for prefix, files := range map[string]map[string]int{
		"kept":   {"a": 10, "large": 20 << 20},
		"upload": {"large": 20 << 20},
	} {
		l.retain(t, "data", compliance, 1)
		dir := l.interruptedWith(t, "s3://data/"+prefix, files, 0)
		l.retain(t, "data", governance, 1)
		before := l.endsUnder(t, prefix)
		a := asking(1, dataset.PublishOptions{Days: 30})
		_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/"+prefix), a.PublishOptions)
		name, m := "large", (*dataset.Mistakes)(nil)
		if prefix == "kept" {
			name = "a"
		}
		after := l.endsUnder(t, prefix)
		want := "s3://data/" + prefix + "/" + name + ": already exists and is locked in COMPLIANCE mode until " +
			after[prefix+"/"+name].Format(time.RFC3339) + ", but the bucket's default is GOVERNANCE; " +
			"publish under another prefix, or set the default to COMPLIANCE"
		if err == nil || !strings.Contains(err.Error(), want) || errors.As(err, &m) != (prefix == "kept") ||
			len(a.plans) != len(files)%2 {
			t.Errorf("%s: asked %d times, %v", prefix, len(a.plans), err)
		}
		if until := after[prefix+"/large"]; prefix == "upload" && time.Until(until) < 2*24*time.Hour {
			before[prefix+"/large"] = until
		}
		if !maps.Equal(before, after) {
			t.Errorf("%s: locks went from %v to %v", prefix, before, after)
		}
	}
}

// TestUploadsByKey: an upload that a server lists only by its whole key, like MinIO, is
// found before the question.
func TestUploadsByKey(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := l.interruptedWith(t, "s3://data/set", map[string]int{"large": 20 << 20}, 0)
	client := answering(l.Client, func(out *s3.ListMultipartUploadsOutput) {
		out.Uploads = slices.DeleteFunc(out.Uploads, func(u types.MultipartUpload) bool { return *u.Key != *out.Prefix })
	})
	a := asking(1, dataset.PublishOptions{})
	p, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), a.PublishOptions)
	if err != nil || p.Continued != 1 || a.plans[0].UnfinishedUploads != 1 || len(a.plans[0].Unfinished) != 1 ||
		a.plans[0].Unfinished[0].Key != "set/large" || a.plans[0].Unfinished[0].UploadID == "" {
		t.Errorf("%+v, %+v, %v", p, a.plans, err)
	}
}

// started returns a client for which every unfinished upload began earlier.
func started(client *s3.Client, ago time.Duration) *s3.Client {
	return answering(client, func(out *s3.ListMultipartUploadsOutput) {
		for i := range out.Uploads {
			out.Uploads[i].Initiated = aws.Time(out.Uploads[i].Initiated.Add(-ago))
		}
	})
}

// TestManyUploadsGivenUp: ten unfinished uploads that aren't continued are named, and the
// others counted, whatever the answer to the question is.
func TestManyUploadsGivenUp(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	for i := range 12 {
		name := fmt.Sprintf("large%d", i)
		write(t, dir, map[string]int{name: 0})
		must(t, os.Truncate(filepath.Join(dir, name), 9<<20))
		_, err := l.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
			Bucket: aws.String("data"), Key: aws.String("set/" + name), ChecksumAlgorithm: "SHA256",
		})
		must(t, err)
	}
	a := asking(0, dataset.PublishOptions{})
	client := started(l.Client, 50*time.Hour)
	_, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), a.PublishOptions)
	if !errors.Is(err, errRefused) || len(a.notes) != 11 || !a.noted("2 unfinished uploads more: not continued either") {
		t.Errorf("noted %q, %v", a.notes, err)
	}
}

// TestUploadOverdue: an upload isn't continued if the lock that its object would get has
// ended. If S3 only shows that afterwards, the lock is lengthened.
func TestUploadOverdue(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	const given = "isn't continued: the bucket's default retention, counted from its start, has ended. S3 bills its parts"
	for prefix, c := range map[string]struct {
		by   time.Duration
		days int
		left bool
	}{"day": {23 * time.Hour, 0, false}, "days": {50 * time.Hour, 0, true}, "named": {50 * time.Hour, 3, false}} {
		dir := l.interruptedWith(t, "s3://data/"+prefix, map[string]int{"large": 20 << 20}, 0)
		a := asking(1, dataset.PublishOptions{Days: c.days})
		p, err := dataset.Publish(t.Context(), started(l.Client, c.by), dir, at(t, "s3://data/"+prefix), a.PublishOptions)
		must(t, err)
		if (p.Continued == 0) != c.left || a.plans[0].UnfinishedUploads != p.Continued || a.noted(given) != c.left {
			t.Errorf("%s: %+v, %+v, noted %q", prefix, p, a.plans, a.notes)
		}
		l.whole(t, "data", prefix, p.RootDigest)
	}
	dir, key := t.TempDir(), "ended/large"
	write(t, dir, map[string]int{"large": 9 << 20})
	until := time.Now().Add(2 * time.Second)
	_, err := l.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
		Bucket: aws.String("data"), Key: &key, ChecksumAlgorithm: "SHA256",
		ObjectLockMode: types.ObjectLockModeCompliance, ObjectLockRetainUntilDate: &until,
	})
	must(t, err)
	time.Sleep(time.Until(until) + time.Second)
	a := asking(1, dataset.PublishOptions{})
	p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/ended"), a.PublishOptions)
	if err != nil || p.Continued != 1 || !a.noted("ended too soon: lengthened") {
		t.Fatalf("%+v, %v, noted %q", p, err, a.notes)
	}
	l.whole(t, "data", "ended", p.RootDigest)
}

// TestDefaultCountsFromUpload: the bucket's default counts from the upload of a kept
// version, or from now if the bucket policy denies that.
func TestDefaultCountsFromUpload(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObjectRetention",` +
		`"Resource":"arn:aws:s3:::data/denied/*",` +
		`"Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":"29"}}}]}`
	_, err := l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &policy})
	must(t, err)
	past := time.Now().AddDate(0, 0, -20)
	for prefix, days := range map[string]int{"allowed": 10, "denied": 30} {
		l.retain(t, "data", compliance, 1)
		dir := l.interrupted(t, "s3://data/"+prefix)
		must(t, os.Chtimes(l.atRest(prefix+"/a"), past, past))
		l.retain(t, "data", compliance, 30)
		_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/"+prefix), dataset.PublishOptions{})
		must(t, err)
		want := time.Now().AddDate(0, 0, days)
		if got := l.endsUnder(t, prefix)[prefix+"/a"]; got.Sub(want).Abs() > time.Hour {
			t.Errorf("%s: locked until %s, not %s", prefix, got, want)
		}
	}
	// A lock that has ended is lengthened too, if the default hasn't.
	l.retain(t, "data", compliance, 1)
	for prefix, age := range map[string]time.Duration{"half": 47 * time.Hour / 2, "nothing": 49 * time.Hour / 2} {
		dir := l.interrupted(t, "s3://data/"+prefix)
		then, ended := time.Now().Add(-age), time.Now().Add(-10*time.Minute).UTC()
		must(t, os.Chtimes(l.atRest(prefix+"/a"), then, then))
		setRetention(t, l.atRest(prefix+"/a"), "COMPLIANCE", ended.Format(time.RFC3339))
		_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/"+prefix), dataset.PublishOptions{})
		if got := l.endsUnder(t, prefix)[prefix+"/a"]; (err == nil) != got.After(time.Now()) ||
			(err == nil) != (age < 24*time.Hour) || err != nil && !strings.Contains(err.Error(), "and its lock ended at ") {
			t.Errorf("%s: locked until %s, %v", prefix, got, err)
		}
	}
}

// TestDefaultChanges: a publisher that may not name a lock stops after the first file if
// the bucket's default isn't what the plan said.
func TestDefaultChanges(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 3)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",` +
		`"Resource":"arn:aws:s3:::data/*","Condition":{"Null":{"s3:object-lock-mode":"false"}}}]}`
	_, err := l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &policy})
	must(t, err)
	admin := l.Users["admin"]
	client := l.as(l.Endpoint, admin.AccessKey, admin.SecretKey)
	for prefix, c := range map[string]struct {
		size int
		days int32
	}{
		"shorter": {10, 1}, "longer": {10, 9}, "same": {10, 3}, "parts-shorter": {9 << 20, 1}, "parts-longer": {9 << 20, 9},
	} {
		l.retain(t, "data", compliance, 3)
		dir := t.TempDir()
		write(t, dir, map[string]int{"f": c.size, "g": c.size})
		var o dataset.PublishOptions
		o.Confirm = func(dataset.Plan) error { l.retain(t, "data", compliance, c.days); return nil }
		_, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/"+prefix), o)
		if c.days == 3 {
			must(t, err)
			continue
		}
		want := "s3://data/" + prefix + "/f: S3 locked it until "
		if err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "which isn't for 3 days: the bucket's default retention has changed") ||
			len(l.versions(t, "data", prefix+"/")) != 1 {
			t.Errorf("%s: %v, %v", prefix, err, l.versions(t, "data", prefix+"/"))
		}
	}
}

// answering returns a client that sees answers of the server changed.
func answering[T any](client *s3.Client, change func(*T)) *s3.Client {
	o := client.Options()
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("answering", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			if answer, ok := out.Result.(*T); ok && err == nil {
				change(answer)
			}
			return out, metadata, err
		}), middleware.Before)
	})
	return s3.New(o)
}

// TestDefaultOfOtherServers: a publisher that may not name a lock accepts a server that
// counts calendar years, or the default from the start of a long upload.
func TestDefaultOfOtherServers(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 3)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",` +
		`"Resource":"arn:aws:s3:::data/*","Condition":{"Null":{"s3:object-lock-mode":"false"}}}]}`
	_, err := l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &policy})
	must(t, err)
	admin := l.Users["admin"]
	client := l.as(l.Endpoint, admin.AccessKey, admin.SecretKey)
	calendar := answering(client, func(out *s3.GetObjectLockConfigurationOutput) {
		rule := out.ObjectLockConfiguration.Rule.DefaultRetention
		rule.Days, rule.Years = nil, aws.Int32(4) // always with a leap day, until 2100
	})
	long := answering(client, func(out *s3.HeadObjectOutput) {
		out.LastModified = aws.Time(out.LastModified.Add(3 * time.Hour))
	})
	for prefix, c := range map[string]struct {
		client *s3.Client
		days   int32
		wrong  bool
	}{"calendar": {calendar, 4*365 + 1, false}, "longer": {calendar, 4*365 + 3, true}, "long": {long, 3, false}} {
		l.retain(t, "data", compliance, c.days)
		dir := t.TempDir()
		write(t, dir, map[string]int{"small": 10, "large": 9 << 20})
		_, err := dataset.Publish(t.Context(), c.client, dir, at(t, "s3://data/"+prefix), dataset.PublishOptions{})
		if wrong := err != nil; wrong != c.wrong ||
			wrong && !strings.Contains(err.Error(), "the bucket's default retention has changed") {
			t.Errorf("%s: %v", prefix, err)
		}
	}
}

// TestCreatedMeanwhile: the upload of a file that another writer creates first stays, and
// is named.
func TestCreatedMeanwhile(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"large": 9 << 20})
	text, err := os.ReadFile(filepath.Join(dir, "large"))
	must(t, err)
	proxy := s3proxy.Start(t, l.Endpoint)
	var id string
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if !r.URL.Query().Has("uploadId") || r.Method != http.MethodPost {
			return s3proxy.Fault{}
		}
		id = r.URL.Query().Get("uploadId")
		return s3proxy.Fault{Hook: func() { l.put(t, "set/large", string(text), nil) }}
	})
	a := asking(1, dataset.PublishOptions{})
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	_, err = dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), a.PublishOptions)
	if !a.noted("s3://data/set/large: the unfinished upload "+id) || id == "" ||
		!a.noted("isn't continued: another writer has created the object") {
		t.Errorf("noted %q, %v", a.notes, err)
	}
}

// TestContinuedByAnotherWriter: a file that another writer creates first isn't counted as a
// continued upload.
func TestContinuedByAnotherWriter(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := l.interruptedWith(t, "s3://data/set", map[string]int{"large": 20 << 20}, 0)
	text, err := os.ReadFile(filepath.Join(dir, "large"))
	must(t, err)
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if !r.URL.Query().Has("uploadId") || r.Method != http.MethodPost {
			return s3proxy.Fault{}
		}
		return s3proxy.Fault{Hook: func() {
			_, err := l.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: aws.String("data"), Key: aws.String("set/large"), Body: bytes.NewReader(text),
				ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
			})
			if err != nil {
				t.Error(err)
			}
		}}
	})
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	a := asking(1, dataset.PublishOptions{})
	p, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), a.PublishOptions)
	if err != nil || p.Continued != 0 || !a.noted("another writer has created the object") {
		t.Errorf("%+v, %v, noted %q", p, err, a.notes)
	}
}
