package dataset_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// interrupted publishes with the bucket's default, and stops in the middle of
// the large file. It returns the folder.
func (l testServer) interrupted(t *testing.T, location string) string {
	t.Helper()
	return l.interruptedWith(t, location, map[string]int{"a": 10, "b": 20, "large": 20 << 20, "z": 30}, 0)
}

// interruptedWith does the same with other files and days, and leaves one upload.
func (l testServer) interruptedWith(t *testing.T, location string, files map[string]int, days int) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.URL.Query().Get("partNumber") == "2" {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	_, err := dataset.Publish(t.Context(), client, dir, at(t, location), dataset.PublishOptions{Jobs: 1, Days: days})
	if err == nil {
		t.Fatal("the first run ends well")
	}
	nothingPublished(t, l, location)
	uploads, err := l.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String("data")})
	there := len(l.versions(t, "data", at(t, location).Prefix))
	if err != nil || len(uploads.Uploads) == 0 || len(files) > 1 && there == 0 {
		t.Fatalf("nothing was left of the first run, %v", err)
	}
	return dir
}

// endsUnder are the ends of the locks under a prefix and in its part of .datalock/.
func (l testServer) endsUnder(t *testing.T, prefix string) map[string]time.Time {
	t.Helper()
	all := map[string]time.Time{}
	for _, below := range []string{prefix + "/", ".datalock/" + prefix + "/"} {
		for key, versions := range l.versions(t, "data", below) {
			out, err := l.HeadObject(t.Context(), &s3.HeadObjectInput{
				Bucket: aws.String("data"), Key: &key, VersionId: &versions[0],
			})
			must(t, err)
			all[key] = aws.ToTime(out.ObjectLockRetainUntilDate)
		}
	}
	return all
}

// TestKeptVersionsAreLockedAsAsked: what an earlier run left, uploads too, gets
// the lock that this run asks for, and never a shorter one.
func TestKeptVersionsAreLockedAsAsked(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	date := time.Now().UTC().AddDate(0, 0, 30).Truncate(time.Second)
	for i, o := range []dataset.PublishOptions{{Days: 30}, {RetainUntil: date}, {}} {
		prefix := fmt.Sprintf("set%d", i)
		dir := l.interrupted(t, "s3://data/"+prefix)
		if i == 2 {
			l.retain(t, "data", compliance, 30) // the default, in the meantime
		}
		var notes []string
		o.Note = func(text string) { notes = append(notes, text) }
		_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/"+prefix), o)
		must(t, err)
		before := l.endsUnder(t, prefix)
		for key, until := range before {
			if until.Before(date.Add(-time.Hour)) {
				t.Errorf("%+v: %s is locked until %s", o, key, until)
			}
		}
		if len(before) != 6 || !strings.Contains(strings.Join(notes, "\n"), "ended too soon: lengthened") {
			t.Errorf("%d versions, %q", len(before), notes)
		}
		l.whole(t, "data", prefix, "")
		// Asking for less, or for nothing, changes nothing.
		l.retain(t, "data", compliance, 1)
		_, err = dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/"+prefix), dataset.PublishOptions{Days: 2})
		must(t, err)
		for key, until := range l.endsUnder(t, prefix) {
			if !until.Equal(before[key]) {
				t.Errorf("%s went from %s to %s", key, before[key], until)
			}
		}
	}
}

// TestYears: a year of a default retention has 365 days, as in the bucket policy, for
// uploads and for what an earlier run left.
func TestYears(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := l.interrupted(t, "s3://data/set")
	years := types.DefaultRetention{Mode: compliance, Years: aws.Int32(10)}
	_, err := l.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: aws.String("data"),
		ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: &types.ObjectLockRule{DefaultRetention: &years},
		},
	})
	must(t, err)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:PutObject",` +
		`"s3:PutObjectRetention"],"Resource":"arn:aws:s3:::data/*","Condition":{` +
		`"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"3650"}}}]}`
	_, err = l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &policy})
	must(t, err)
	var notes []string
	o := dataset.PublishOptions{Note: func(text string) { notes = append(notes, text) }}
	_, err = dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o)
	must(t, err)
	if text := strings.Join(notes, "\n"); strings.Contains(text, "not allowed") {
		t.Errorf("it notes %q", text)
	}
	for key, until := range l.endsUnder(t, "set") {
		if off := time.Until(until) - 3650*24*time.Hour; off < -time.Hour || off > 2*time.Minute {
			t.Errorf("%s is locked until %s", key, until)
		}
	}
}

// TestLockCannotBeLengthened: without the permission to lengthen the lock of a
// kept version, the run stops and names the key.
func TestLockCannotBeLengthened(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := l.interrupted(t, "s3://data/set")
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.Method == http.MethodPut && r.URL.Query().Has("retention") {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	_, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), dataset.PublishOptions{Days: 30})
	if err == nil || !strings.Contains(err.Error(), "s3://data/set/a: already exists, and its lock, until ") {
		t.Errorf("the error is %v", err)
	}
	nothingPublished(t, l, "s3://data/set")
}

// TestLocksCannotBeRead: an error before the question names the fix, like those of the first
// requests.
func TestLocksCannotBeRead(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := l.interrupted(t, "s3://data/set")
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.Method == http.MethodHead && r.URL.Path != "/data" {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	client := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	a := asking(0, dataset.PublishOptions{})
	_, err := dataset.Publish(t.Context(), client, dir, at(t, "s3://data/set"), a.PublishOptions)
	if len(a.plans) > 0 || err == nil || !strings.Contains(err.Error(), "read s3://data/set/") ||
		!strings.Contains(err.Error(), "`datalock role-policy STACK --phase PHASE` prints the policy") {
		t.Errorf("asked %d times, %v", len(a.plans), err)
	}
}

// TestPublishedWithAShorterLock: a dataset that is already published isn't
// reported as published with a longer lock than it has.
func TestPublishedWithAShorterLock(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir, _ := l.published(t, "s3://data/set", dataset.PublishOptions{Days: 3})
	again := func(o dataset.PublishOptions) error {
		_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o)
		return err
	}
	far := time.Now().AddDate(2, 0, 0)
	for _, o := range []dataset.PublishOptions{{RetainUntil: far}, {Days: 365}} {
		if err := again(o); err == nil || !strings.Contains(err.Error(), "datalock renew s3://data/set --until 202") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	must(t, errors.Join(again(dataset.PublishOptions{}), again(dataset.PublishOptions{Days: 3}),
		again(dataset.PublishOptions{RetainUntil: time.Now().AddDate(0, 0, 2)})))
	// A renewal counts, and a signature made later is locked as long.
	_, err := dataset.Renew(
		t.Context(),
		l.Client,
		at(t, "s3://data/set"),
		dataset.RenewOptions{Until: far.AddDate(0, 0, 1)},
	)
	must(t, err)
	key, _ := newKey(t)
	a := asking(1, dataset.PublishOptions{RetainUntil: far, Key: key})
	must(t, again(a.PublishOptions))
	if plan := a.plans[0]; !plan.Until.After(far) || !plan.ManifestUntil.Equal(plan.Until) {
		t.Errorf("the plan is %+v", plan)
	}
	for key, until := range l.endsUnder(t, "set") {
		if until.Before(far) {
			t.Errorf("%s is locked until %s", key, until)
		}
	}
}
