package dataset_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func (l testServer) renew(t *testing.T, o dataset.RenewOptions) dataset.Renewed {
	t.Helper()
	r, err := dataset.Renew(t.Context(), l.Client, at(t, "s3://data/set"), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ends returns when the lock of each version below a prefix ends.
func (l testServer) ends(t *testing.T, prefix string) map[string]time.Time {
	t.Helper()
	ends := map[string]time.Time{}
	for key, ids := range l.versions(t, "data", prefix) {
		for _, id := range ids {
			r, err := l.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{
				Bucket: aws.String("data"), Key: &key, VersionId: &id,
			})
			if err != nil {
				t.Fatal(err)
			}
			ends[key+"@"+id] = aws.ToTime(r.Retention.RetainUntilDate)
		}
	}
	return ends
}

// TestRenew lengthens every lock of a dataset and no other, once.
func TestRenew(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	_, published := l.publishedInParts(t, "s3://data/set", dataset.PublishOptions{})
	l.put(t, "set/stranger", "isn't in the manifest", nil)
	l.put(t, "other", "isn't below the prefix", nil)
	before := l.ends(t, "")

	plan := l.renew(t, dataset.RenewOptions{Days: 10, PlanOnly: true})
	if after := l.ends(t, ""); !maps.Equal(before, after) {
		t.Errorf("a plan changed locks from %v to %v", before, after)
	}
	own := int64(len(mixed)) + 2 // the manifest and its shard
	if plan.Versions != own || plan.Compliance != own || plan.Kept != 0 || plan.Record != "" ||
		plan.Bytes < published.Bytes {
		t.Errorf("the plan is %+v, want %d versions", plan, own)
	}
	asked := 0
	confirm := func(p dataset.RenewPlan) error { asked++; return nil }
	renewed := l.renew(t, dataset.RenewOptions{Days: 10, Root: published.RootDigest, Confirm: confirm, By: "the test"})
	if asked != 1 || renewed.Lengthened != own || renewed.Until.Before(time.Now().AddDate(0, 0, 10)) {
		t.Errorf("asked %d times, renewed %+v", asked, renewed)
	}
	for key, end := range l.ends(t, "") {
		foreign := strings.HasPrefix(key, "set/stranger@") || strings.HasPrefix(key, "other@")
		if foreign && !end.Equal(before[key]) || !foreign && !end.Equal(renewed.Until) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
	again := l.renew(t, dataset.RenewOptions{Days: 10, Confirm: confirm})
	if asked != 1 || again.Versions != 0 || again.Lengthened != 0 || again.Record != "" {
		t.Errorf("a second run did %+v", again)
	}
	shorter := l.renew(t, dataset.RenewOptions{Days: 3, Confirm: confirm})
	if asked != 1 || shorter.Versions != 0 || shorter.Record != "" {
		t.Errorf("a run for less did %+v", shorter)
	}
	l.recorded(t, renewed)
}

// recorded checks that list and verify use a renewal.
func (l testServer) recorded(t *testing.T, renewed dataset.Renewed) {
	t.Helper()
	record := string(l.get(t, renewed.Record))
	for _, want := range []string{
		`"by":"the test"`, `"urn:datalock:renewal:v1"`, renewed.RootDigest, renewed.Until.Format(time.RFC3339),
	} {
		if !strings.Contains(record, want) {
			t.Errorf("the record %s lacks %s", record, want)
		}
	}
	all, err := dataset.List(t.Context(), l.Client, "data")
	if err != nil || len(all) != 1 || !all[0].Ends().Equal(renewed.Until) {
		t.Errorf("the list says %+v, %v", all, err)
	}
	v := l.verify(t, "s3://data/set", dataset.VerifyOptions{})
	if v.RenewedUntil == nil || !v.RenewedUntil.Equal(renewed.Until) ||
		v.Counts[dataset.Extra] != 1 || len(v.Counts) != 1 {
		t.Errorf("renewed until %v\n%s", v.RenewedUntil, names(v))
	}
}

// TestRenewBrokenOff: the server denies a request during the run.
func TestRenewBrokenOff(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	l.published(t, "s3://data/set", dataset.PublishOptions{})
	proxy := s3proxy.Start(t, l.Endpoint)
	var set, denied atomic.Int64
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.Method != http.MethodPut || !r.URL.Query().Has("retention") {
			return s3proxy.Fault{}
		}
		if set.Load() == 4 {
			denied.Add(1)
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		set.Add(1)
		return s3proxy.Fault{}
	})
	through := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	o := dataset.RenewOptions{Days: 10, Jobs: 1}
	r, err := dataset.Renew(t.Context(), through, at(t, "s3://data/set"), o)
	if err == nil || !strings.Contains(err.Error(), "4 of 11 locks were lengthened: run it again") || r.Record != "" {
		t.Fatalf("%+v, %v", r, err)
	}
	second := l.renew(t, o)
	if second.Kept != 4 || second.Lengthened != 7 || second.Record == "" {
		t.Errorf("the second run did %+v", second)
	}
}

// TestRenewKilledBeforeItsRecord: the locks are lengthened, but the record is
// missing.
func TestRenewKilledBeforeItsRecord(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	l.published(t, "s3://data/set", dataset.PublishOptions{})
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if strings.Contains(r.URL.Path, "/renewals/") && r.Method == http.MethodPut {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	o := dataset.RenewOptions{Days: 10}
	through := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	if _, err := dataset.Renew(t.Context(), through, at(t, "s3://data/set"), o); err == nil {
		t.Fatal("a run without its record ended well")
	}
	if r := l.renew(t, o); r.Lengthened != 0 || r.Kept != 11 || r.Record == "" {
		t.Errorf("the next run did %+v", r)
	}
}

// TestRenewMistakes: everything wrong is reported before a lock is set.
func TestRenewMistakes(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	l.published(t, "s3://data/set", dataset.PublishOptions{Days: 20})
	limit := func(operator, days string) string {
		return fmt.Sprintf(`{"Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject", "s3:PutObjectRetention"],
			"Resource": "arn:aws:s3:::data/*",
			"Condition": {%q: {"s3:object-lock-remaining-retention-days": %q}}}`, operator, days)
	}
	policy := `{"Version": "2012-10-17", "Statement": [` +
		limit("NumericLessThan", "20") + "," + limit("NumericGreaterThan", "40") + `]}`
	input := &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &policy}
	if _, err := l.PutBucketPolicy(t.Context(), input); err != nil {
		t.Fatal(err)
	}
	before, now := l.ends(t, ""), time.Now()
	for _, c := range []struct {
		o    dataset.RenewOptions
		want string
	}{
		{dataset.RenewOptions{}, "set a date or a number of days"},
		{dataset.RenewOptions{Days: 30, Until: now.AddDate(0, 0, 30)}, "set a date or a number of days, not both"},
		{dataset.RenewOptions{Days: 19}, "days = 19: is shorter than the 20 days that the bucket policy requires"},
		{dataset.RenewOptions{Days: 41}, "days = 41: is longer than the 40 days that the bucket policy allows"},
		{dataset.RenewOptions{Days: -1}, "days = -1: must be a whole number from 1 to 36500"},
		{dataset.RenewOptions{Until: now.AddDate(0, 0, -1)}, "is not in the future"},
		{dataset.RenewOptions{Until: now.AddDate(0, 0, 20).Add(time.Hour)}, "leaves less than a day beyond the 20 days"},
		{dataset.RenewOptions{Until: now.AddDate(0, 0, 42)}, "is longer than the 40 days"},
	} {
		_, err := dataset.Renew(t.Context(), l.Client, at(t, "s3://data/set"), c.o)
		if mistakes := new(dataset.Mistakes); !errors.As(err, &mistakes) || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), "nothing was locked") {
			t.Errorf("%+v: %v; want %s", c.o, err, c.want)
		}
	}
	if after := l.ends(t, ""); !maps.Equal(before, after) {
		t.Errorf("locks went from %v to %v", before, after)
	}
	// The minimum and the maximum days that the policy allows are accepted.
	if r := l.renew(t, dataset.RenewOptions{Days: 20}); r.Lengthened != 11 {
		t.Errorf("20 days did %+v", r)
	}
	if r := l.renew(t, dataset.RenewOptions{Days: 40}); r.Lengthened != 12 {
		t.Errorf("40 days did %+v", r)
	}
}

// TestRenewNames: problems with versions are reported, and the others are
// renewed.
func TestRenewNames(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", types.ObjectLockRetentionModeGovernance, 1)
	_, published := l.published(t, "s3://data/set", dataset.PublishOptions{})
	gone := l.versions(t, "data", "set/a.txt")["set/a.txt"][0]
	if _, err := l.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: aws.String("data"), Key: aws.String("set/a.txt"), VersionId: &gone,
		BypassGovernanceRetention: aws.Bool(true),
	}); err != nil {
		t.Fatal(err)
	}
	ended := time.Now().Add(2 * time.Second).Truncate(time.Second)
	if _, err := l.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
		Bucket: aws.String("data"), Key: aws.String("set/README.md"), BypassGovernanceRetention: aws.Bool(true),
		Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeGovernance, RetainUntilDate: &ended},
	}); err != nil {
		t.Fatal(err)
	}
	l.put(t, ".datalock/set/manifest.json", `{}`, nil)
	time.Sleep(time.Until(ended.Add(1100 * time.Millisecond)))
	r := l.renew(t, dataset.RenewOptions{Days: 10, Root: published.RootDigest})
	var got []string
	for _, f := range r.Findings {
		got = append(got, string(f.Name)+" "+strings.TrimPrefix(f.Subject, "s3://data/"))
	}
	slices.Sort(got)
	want := []string{"manifest-changed .datalock/set/manifest.json", "missing set/a.txt", "unlocked set/README.md"}
	if !slices.Equal(got, want) || r.Lengthened != 10 {
		t.Errorf("found %q, want %q; %d locks", got, want, r.Lengthened)
	}
	if text := string(l.get(t, r.Record)); !strings.Contains(text,
		`"unlocked":["set/README.md"],"missing":["set/a.txt"]`) {
		t.Errorf("the record is %s", text)
	}
	if _, err := dataset.Renew(t.Context(), l.Client, at(t, "s3://data/set"), dataset.RenewOptions{
		Days: 11, Root: strings.Repeat("0", 64),
	}); !errors.Is(err, dataset.ErrManifestChanged) {
		t.Errorf("another root digest: %v", err)
	}
}

// TestRenewBesideUnread: what others put beside the manifest stops no renewal and isn't
// locked, even if it can't be read or is only named like a record.
func TestRenewBesideUnread(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	_, published := l.published(t, "s3://data/set", dataset.PublishOptions{})
	record := string(l.get(t, l.renew(t, dataset.RenewOptions{Days: 5}).Record))
	const renewals = ".datalock/set/renewals/"
	unread := []string{
		".datalock/set/croissant.json", ".datalock/set/manifest-" + published.RootDigest[:16] + ".sigstore.json",
		renewals + "20200101T000000.000Z.sigstore.json",
	}
	strange := append(slices.Clone(unread),
		renewals+"20200102T000000.000Z.json", renewals+"20200103T000000.000Z.sigstore.json")
	for _, key := range strange {
		l.put(t, key, "{}", nil)
	}
	l.put(t, renewals+"20200101T000000.000Z.json", record, nil)
	before := l.ends(t, "")
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if slices.Contains(unread, strings.TrimPrefix(r.URL.Path, "/data/")) {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	r, err := dataset.Renew(t.Context(), l.as(proxy.URL, l.AccessKey, l.SecretKey), at(t, "s3://data/set"),
		dataset.RenewOptions{Days: 10})
	if err != nil || r.Record == "" || r.Counts[dataset.Unknown] != len(unread) || r.Counts[dataset.RenewalChanged] != 1 {
		t.Errorf("%v, record %q, %v", err, r.Record, r.Findings)
	}
	for key, end := range l.ends(t, "") {
		name, _, _ := strings.Cut(key, "@")
		want := r.Until
		if slices.Contains(strange, name) {
			want = before[key]
		}
		if !end.Equal(want) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
	// What can't be read of the manifest's own files does stop it.
	unread = []string{".datalock/set/entries-00000.jsonl"}
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.Method == http.MethodHead && strings.HasSuffix(r.URL.Path, unread[0]) {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	_, err = dataset.Renew(t.Context(), l.as(proxy.URL, l.AccessKey, l.SecretKey), at(t, "s3://data/set"),
		dataset.RenewOptions{Days: 20})
	if !errors.Is(err, dataset.ErrManifestChanged) || !strings.Contains(err.Error(), unread[0]) {
		t.Errorf("without its shard: %v", err)
	}
}

// TestRenewUnseen: without permission to read the locks, the run is refused.
func TestRenewUnseen(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	l.published(t, "s3://data/set", dataset.PublishOptions{})
	proxy := s3proxy.Start(t, l.Endpoint)
	var set atomic.Int64
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.URL.Query().Has("retention") {
			if r.Method == http.MethodPut {
				set.Add(1)
			}
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	proxy.Answers(func(r *http.Response) {
		r.Header.Del("X-Amz-Object-Lock-Mode")
		r.Header.Del("X-Amz-Object-Lock-Retain-Until-Date")
	})
	through := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	_, err := dataset.Renew(t.Context(), through, at(t, "s3://data/set"), dataset.RenewOptions{Days: 10})
	if err == nil || !strings.Contains(err.Error(), "s3:GetObjectRetention") || set.Load() > 0 {
		t.Errorf("%v, after %d requests to set a lock", err, set.Load())
	}
}

// TestRecordIsLockedLikeTheData: as long as the file with the longest lock, and in the
// dataset's mode even if the bucket's default is weaker now.
func TestRecordIsLockedLikeTheData(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"long": 10, "short": 10})
	text, err := os.ReadFile(filepath.Join(dir, "long"))
	must(t, err)
	far := time.Now().AddDate(0, 0, 60).UTC().Truncate(time.Second)
	_, err = l.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("data"), Key: aws.String("set/long"), Body: bytes.NewReader(text), ChecksumAlgorithm: "SHA256",
		ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: &far,
	})
	must(t, err)
	_, err = dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{})
	must(t, err)
	if r := l.renew(t, dataset.RenewOptions{Days: 10}); r.Lengthened != 1 || r.Record == "" {
		t.Errorf("%d locks were lengthened, record %q", r.Lengthened, r.Record)
	}
	l.whole(t, "data", "set", "")
	l.retain(t, "data", governance, 1)
	if r := l.renew(t, dataset.RenewOptions{Days: 30}); r.Lengthened != 1 {
		t.Errorf("%d locks were lengthened", r.Lengthened)
	}
	l.whole(t, "data", "set", "")
	// Every lock is long enough already, as after a run that was killed.
	until := time.Now().AddDate(0, 0, 100)
	for key, ids := range l.versions(t, "data", "") {
		_, err := l.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
			Bucket: aws.String("data"), Key: &key, VersionId: &ids[0],
			Retention: &types.ObjectLockRetention{Mode: "COMPLIANCE", RetainUntilDate: &until},
		})
		must(t, err)
	}
	if r := l.renew(t, dataset.RenewOptions{Days: 90}); r.Lengthened != 0 || r.Record == "" {
		t.Errorf("%d locks were lengthened, record %q", r.Lengthened, r.Record)
	}
	l.whole(t, "data", "set", "")
}

// TestRecordsOfOneMoment: a record that exists with the same time doesn't end a run.
func TestRecordsOfOneMoment(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	l.published(t, "s3://data/set", dataset.PublishOptions{})
	proxy := s3proxy.Start(t, l.Endpoint)
	taken := 0
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/renewals/") && taken < 3 {
			taken++
			return s3proxy.Fault{Status: 412, Code: "PreconditionFailed"}
		}
		return s3proxy.Fault{}
	})
	through := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	r, err := dataset.Renew(t.Context(), through, at(t, "s3://data/set"), dataset.RenewOptions{Days: 10})
	if err != nil || taken != 3 || r.Record == "" {
		t.Errorf("%v, %d names were taken, the record is %q", err, taken, r.Record)
	}
	l.whole(t, "data", "set", "")
}
