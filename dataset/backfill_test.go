package dataset_test

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
)

const hostileKey = `raw/a b+ü%2F"x",&?.bin`

// adopted is a bucket with versions from before versioning and before the lock.
func (l testServer) adopted(t *testing.T) {
	t.Helper()
	bucket := aws.String("old")
	_, err := l.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket})
	must(t, err)
	put := func(key string, o *s3.PutObjectInput) {
		t.Helper()
		o.Bucket, o.Key, o.Body = bucket, &key, strings.NewReader("bytes of "+key)
		_, err := l.PutObject(t.Context(), o)
		must(t, err)
	}
	put("raw/null", &s3.PutObjectInput{})
	_, err = l.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	must(t, err)
	for _, key := range []string{"raw/twice", "raw/twice", hostileKey, "raw/hidden", "rawer"} {
		put(key, &s3.PutObjectInput{})
	}
	_, err = l.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("raw/hidden")})
	must(t, err)
	_, err = l.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket:                  bucket,
		ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled},
	})
	must(t, err)
	put("raw/locked", &s3.PutObjectInput{
		ObjectLockMode: types.ObjectLockModeGovernance, ObjectLockRetainUntilDate: aws.Time(time.Now().Add(time.Hour)),
	})
}

// locks are the modes and dates of the versions of the adopted bucket.
func (l testServer) locks(t *testing.T) map[string]types.ObjectLockRetention {
	t.Helper()
	all := map[string]types.ObjectLockRetention{}
	for key, ids := range l.versions(t, "old", "") {
		for _, id := range ids {
			r, err := l.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{
				Bucket:    aws.String("old"),
				Key:       &key,
				VersionId: &id,
			})
			if err == nil {
				all[key+"@"+id] = *r.Retention
			}
		}
	}
	return all
}

func (l testServer) backfill(t *testing.T, o dataset.BackfillOptions, b *dataset.BatchOptions) dataset.Backfilled {
	t.Helper()
	done, err := dataset.Backfill(t.Context(), l.Client, "old", "raw/", o, b)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// TestBackfill locks what has no lock, in the bucket and below the prefix, and
// nothing else.
func TestBackfill(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.adopted(t)
	before := l.locks(t)
	plan := l.backfill(t, dataset.BackfillOptions{Days: 1, Mode: "GOVERNANCE", PlanOnly: true}, nil)
	if plan.Versions != 5 || plan.Null != 1 || plan.Noncurrent != 2 || plan.Locked != 1 || plan.Markers != 1 ||
		plan.Set != 0 {
		t.Errorf("the plan is %+v", plan)
	}
	if len(l.locks(t)) != len(before) {
		t.Error("a plan locked something")
	}
	o := dataset.BackfillOptions{Days: 1, Mode: "GOVERNANCE", PlanOnly: true}
	folder, err := dataset.Backfill(t.Context(), l.Client, "old", "raw", o, nil)
	if err != nil || folder.Versions != 5 || folder.Prefix != "raw/" {
		t.Errorf("below raw without a slash: %+v, %v", folder, err)
	}
	refused := errors.New("no")
	_, err = dataset.Backfill(t.Context(), l.Client, "old", "raw/", dataset.BackfillOptions{
		Days: 1, Mode: "GOVERNANCE", Confirm: func(dataset.BackfillPlan) error { return refused },
	}, nil)
	if !errors.Is(err, refused) || len(l.locks(t)) != len(before) {
		t.Errorf("without a yes: %v", err)
	}
	done := l.backfill(t, dataset.BackfillOptions{Days: 1, Mode: "GOVERNANCE"}, nil)
	after := l.locks(t)
	if done.Set != 5 || done.Left != 0 || len(after) != len(before)+5 {
		t.Errorf("%+v; locked are %v", done, after)
	}
	for key, lock := range after {
		switch old, was := before[key]; {
		case strings.HasPrefix(key, "rawer@"):
			t.Errorf("%s isn't below the prefix, and is locked", key)
		case was && !lock.RetainUntilDate.Equal(*old.RetainUntilDate):
			t.Errorf("%s was locked until %s, and is until %s", key, old.RetainUntilDate, lock.RetainUntilDate)
		case !was && (lock.Mode != types.ObjectLockRetentionModeGovernance || !lock.RetainUntilDate.Equal(done.Until)):
			t.Errorf("%s is in %s mode until %s", key, lock.Mode, lock.RetainUntilDate)
		}
	}
	// A lock that holds is never made longer, or stronger.
	again := l.backfill(t, dataset.BackfillOptions{Days: 100, Mode: "COMPLIANCE"}, nil)
	if again.Versions != 0 || again.Locked != 6 || again.Set != 0 {
		t.Errorf("a second run did %+v", again)
	}
}

// TestBackfillJobs locks by jobs, from a list that an inventory could be.
func TestBackfillJobs(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.adopted(t)
	before, versions := l.locks(t), l.versions(t, "old", "raw/")
	var listed iter.Seq2[dataset.ListedVersion, error] = func(yield func(dataset.ListedVersion, error) bool) {
		for key, ids := range versions {
			for i, id := range ids {
				v := dataset.ListedVersion{Key: key, VersionID: id, Size: 3, Newest: i == 0}
				if lock, ok := before[key+"@"+id]; ok {
					v.Mode, v.Until = string(lock.Mode), *lock.RetainUntilDate
				}
				if v.Marker = key == "raw/hidden" && i == 1; !yield(v, nil) {
					return
				}
			}
		}
		yield(dataset.ListedVersion{Key: "raw/since-deleted", VersionID: versions["raw/twice"][0]}, nil)
		yield(dataset.ListedVersion{Key: "elsewhere", VersionID: "x"}, nil)
	}
	deny := func(keys string) {
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"` + batchRole + `"},` +
			`"Action":"s3:PutObjectRetention","Resource":"arn:aws:s3:::old/` + keys + `"}]}`
		_, err := l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("old"), Policy: &text})
		must(t, err)
	}
	deny("raw/hidden")
	b := l.options()
	b.Wait, b.MaxRows = false, 4
	var asked []int64
	o := dataset.BackfillOptions{Days: 1, Mode: "COMPLIANCE", Listed: listed, Confirm: func(p dataset.BackfillPlan) error {
		asked = append(asked, p.Versions)
		if p.Gone != 1 || p.Markers != 1 || p.Locked != 6-p.Versions || len(p.Jobs) != int(p.Versions+3)/4 {
			t.Errorf("%+v", p)
		}
		return nil
	}}
	if started := l.backfill(t, o, &b); !started.Started || started.Set != 0 || len(started.Jobs) != 2 {
		t.Errorf("a run that only starts jobs did %+v", started)
	}
	for l.jobs(t)["Complete"] < 2 {
		time.Sleep(20 * time.Millisecond)
	}
	// The versions that failed are tried again each time, although the list still has
	// the others too.
	b.Wait = true
	for range 2 {
		done, err := dataset.Backfill(t.Context(), l.Client, "old", "raw/", o, &b)
		if !errors.Is(err, dataset.ErrNotLocked) || done.Set != 0 || done.Left != 1 || done.Locked != 5 {
			t.Errorf("%+v, %v", done, err)
		}
		if len(done.Failures) != 1 || done.Failures[0].Key != "raw/hidden" || done.Failures[0].HTTPStatus != 403 {
			t.Errorf("the failures are %+v", done.Failures)
		}
	}
	deny("elsewhere")
	if done := l.backfill(t, o, &b); done.Set != 1 || done.Left != 0 || !slices.Equal(asked, []int64{5, 1, 1, 1}) {
		t.Errorf("asked for %v; %+v", asked, done)
	}
	for key, lock := range l.locks(t) {
		if old, was := before[key]; was && !lock.RetainUntilDate.Equal(*old.RetainUntilDate) ||
			!was && lock.Mode != types.ObjectLockRetentionModeCompliance || strings.HasPrefix(key, "rawer@") {
			t.Errorf("%s is in %s mode until %s", key, lock.Mode, lock.RetainUntilDate)
		}
	}
}

// TestBackfillFollows goes on with the jobs of an earlier run that are running, and
// with what these leave: here a run ended before it started its second job.
func TestBackfillFollows(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.adopted(t)
	b := l.options()
	b.MaxRows = 4
	o := dataset.BackfillOptions{Days: 1, Mode: "GOVERNANCE"}
	killed(func(confirm func()) {
		o.Confirm = func(p dataset.BackfillPlan) error {
			_, err := l.control.UpdateJobStatus(t.Context(), &s3control.UpdateJobStatusInput{
				AccountId: aws.String("000000000000"), JobId: &p.Jobs[0].ID, RequestedJobStatus: "Ready",
			})
			must(t, err)
			confirm()
			return nil
		}
		_, _ = dataset.Backfill(t.Context(), l.Client, "old", "raw/", o, &b)
	})
	o.Confirm = func(p dataset.BackfillPlan) error {
		if p.Versions != 1 || len(p.Jobs) != 1 {
			t.Errorf("%+v", p)
		}
		return nil
	}
	if done := l.backfill(t, o, &b); done.Left != 0 || len(l.locks(t)) != 6 {
		t.Errorf("%+v", done)
	}
}

// TestBackfillLeavesLocks: a lock that an inventory doesn't have yet, or that
// somebody sets while the run asks, isn't lengthened.
func TestBackfillLeavesLocks(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.adopted(t)
	lock := func(key, id string) types.ObjectLockRetention {
		r := types.ObjectLockRetention{
			Mode:            types.ObjectLockRetentionModeCompliance,
			RetainUntilDate: aws.Time(time.Now().Add(30 * time.Hour).UTC().Truncate(time.Second)),
		}
		_, err := l.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
			Bucket: aws.String("old"), Key: &key, VersionId: &id, Retention: &r,
		})
		must(t, err)
		return r
	}
	key := "raw/twice"
	twice := l.versions(t, "old", key)[key]
	since := lock(key, twice[0])
	listed := func(yield func(dataset.ListedVersion, error) bool) {
		for _, id := range twice {
			if !yield(dataset.ListedVersion{Key: key, VersionID: id}, nil) {
				return
			}
		}
	}
	var now types.ObjectLockRetention
	o := dataset.BackfillOptions{
		Days:   3650,
		Mode:   "COMPLIANCE",
		Listed: listed,
		Confirm: func(p dataset.BackfillPlan) error {
			if p.Versions != 1 || p.Locked != 1 {
				t.Errorf("the plan is %+v", p)
			}
			now = lock(key, twice[1])
			return nil
		},
	}
	if done := l.backfill(t, o, nil); done.Set != 0 || done.Refused != 1 || done.Left != 0 {
		t.Errorf("%+v", done)
	}
	for i, want := range []types.ObjectLockRetention{since, now} {
		if is := l.locks(t)[key+"@"+twice[i]]; !is.RetainUntilDate.Equal(*want.RetainUntilDate) {
			t.Errorf("the lock until %s is until %s", want.RetainUntilDate, is.RetainUntilDate)
		}
	}
}

// TestBackfillMistakes names all of them before anything is locked.
func TestBackfillMistakes(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	must(t, func() error {
		_, err := l.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("old")})
		return err
	}())
	b := l.options()
	b.Role = ""
	_, err := dataset.Backfill(t.Context(), l.Client, "old", "", dataset.BackfillOptions{Mode: "WORM"}, &b)
	var mistakes *dataset.Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatal(err)
	}
	for _, want := range []string{
		"bucket old: has no Object Lock; switch it on first", `mode "WORM": must be GOVERNANCE or COMPLIANCE`,
		"a date or a number of days", `add "batch" to the bucket's settings`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
}
