package dataset

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"datalock/dataset/internal/batch"
	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A ListedVersion is a version or a delete marker in a listing or an inventory.
type ListedVersion struct {
	Key, VersionID string
	Size           int64
	Newest, Marker bool
	// Mode and Until are its retention; Mode is empty if it has none.
	Mode  string
	Until time.Time
	// EventHold says that its retention has no end yet.
	EventHold bool
}

func (v ListedVersion) lock() store.Lock {
	return store.Lock{Mode: v.Mode, Until: v.Until, EventHold: v.EventHold}
}

// BackfillOptions say how to lock versions without a lock. Set Until or Days.
type BackfillOptions struct {
	// Until is when the locks end. Days counts from now; the locks then end at a
	// midnight in UTC.
	Until time.Time
	Days  int
	// Mode is GOVERNANCE or COMPLIANCE.
	Mode string
	// Listed are the versions with their locks, from an inventory. The locks of those
	// without one are requested, as they may be locked by now. If it is nil, the
	// bucket is listed and the lock of each version is requested.
	Listed iter.Seq2[ListedVersion, error]
	// Jobs is the maximum number of parallel requests, 64 if it is 0.
	Jobs int
	// PlanOnly ends the run once the plan is known.
	PlanOnly bool
	// Confirm, if not nil, is called before anything is locked; an error ends the
	// run.
	Confirm func(BackfillPlan) error
	// Progress, if not nil, receives the progress ten times a second.
	Progress func(Progress)
}

// Check returns the mistakes in the options that need no look at the bucket, as a
// *[Mistakes].
func (o BackfillOptions) Check() error {
	var wrong collector
	o.check(wrong.add)
	return wrong.err("nothing was locked")
}

func (o BackfillOptions) check(mistake func(string, ...any)) {
	if o.Mode != "GOVERNANCE" && o.Mode != "COMPLIANCE" {
		mistake("mode %q: must be GOVERNANCE or COMPLIANCE", o.Mode)
	}
}

// A BackfillPlan is what a run is about to do.
type BackfillPlan struct {
	Bucket string    `json:"bucket"`
	Prefix string    `json:"prefix"`
	Mode   string    `json:"mode"`
	Until  time.Time `json:"until"`
	// Versions and Bytes count what has no lock. Of these, Null were written
	// before versioning, Noncurrent are older than a version or delete marker of
	// the same key, and Ended have a retention that has ended.
	Versions   int64 `json:"versions"`
	Bytes      int64 `json:"bytes"`
	Null       int64 `json:"null"`
	Noncurrent int64 `json:"noncurrent"`
	Ended      int64 `json:"ended"`
	// Locked are already locked, and stay as they are. Markers are delete
	// markers, which can't be locked. Gone were deleted after they were listed.
	Locked int64 `json:"locked"`
	// EventHolds are those of the locked ones under an event hold.
	EventHolds int64 `json:"eventHolds,omitempty"`
	Markers    int64 `json:"markers"`
	Gone       int64 `json:"gone,omitempty"`
	// AddedByteDays is the sum of bytes times days of the locks.
	AddedByteDays float64 `json:"addedByteDays"`
	// Jobs are the jobs that are about to start, if any.
	Jobs []BatchJob `json:"jobs,omitempty"`
}

// Backfilled is the result of a run.
type Backfilled struct {
	BackfillPlan
	// Set counts the versions that were locked, Missing those that were gone, and
	// Refused those that got another lock in the meantime.
	Set     int64 `json:"set"`
	Missing int64 `json:"missing"`
	Refused int64 `json:"refused"`
	// Left counts the versions still without a lock; Failures are the errors of
	// failed tasks.
	Left     int64          `json:"left"`
	Failures []BatchFailure `json:"failures,omitempty"`
	// Started is set if jobs are running, so that their results aren't known yet.
	Started bool `json:"started,omitempty"`
}

// Backfill sets a retention on the versions below a prefix that have none, such as
// those written before the bucket had a lock. A prefix is a folder: "raw" doesn't
// include "raw-other/". It doesn't change active locks. If b
// is set, S3 Batch Operations does it, and another run follows the jobs that are
// running, then does the rest. A lock that somebody sets between the look at a version
// and its task is lengthened if it ends earlier.
//
// The user's mistakes are returned as a *[Mistakes]; nothing was locked then.
func Backfill(
	ctx context.Context,
	client *s3.Client,
	bucket, prefix string,
	o BackfillOptions,
	b *BatchOptions,
) (Backfilled, error) {
	if o.Jobs <= 0 {
		o.Jobs = DefaultJobs
	}
	f := &backfiller{
		o: o, b: b, todo: spill.New(), meter: newMeter(o.Progress),
		store: store.Store{Client: client, Bucket: bucket, Limiter: store.NewLimiter(o.Jobs)},
	}
	defer f.todo.Close()
	defer f.meter.end()
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	f.done.Bucket, f.done.Prefix, f.done.Mode = bucket, prefix, o.Mode
	err := f.run(ctx)
	return f.done, err
}

type backfiller struct {
	o       BackfillOptions
	b       *BatchOptions
	store   store.Store
	skew    time.Duration
	service *batch.Service
	// floor is the least number of days that the bucket policy allows.
	floor int
	meter *meter
	// todo has the versions without a lock, sorted.
	todo *spill.Sorter
	done Backfilled
}

func (f *backfiller) now() time.Time { return time.Now().Add(f.skew).UTC() }

func (f *backfiller) url(key string) string { return "s3://" + f.store.Bucket + "/" + key }

func (f *backfiller) run(ctx context.Context) error {
	if err := f.prepare(ctx); err != nil {
		return err
	}
	if f.b != nil && !f.o.PlanOnly {
		goesOn, err := f.earlier(ctx)
		if err != nil || goesOn && f.done.Started {
			return err
		}
	}
	if err := f.find(ctx); err != nil {
		return err
	}
	switch {
	case f.o.PlanOnly || f.done.Versions == 0:
		return nil
	case f.b != nil:
		return f.byJobs(ctx)
	}
	if f.o.Confirm != nil {
		if err := f.o.Confirm(f.done.BackfillPlan); err != nil {
			return err
		}
	}
	return f.byHand(ctx)
}

// prepare sets the date, and reports all mistakes at once.
func (f *backfiller) prepare(ctx context.Context) error {
	settings, err := f.store.Settings(ctx, f.done.Prefix)
	if err != nil {
		return explain(err)
	}
	f.skew = settings.Skew
	var wrong collector
	if !settings.Locked {
		wrong.add("bucket %s: has no Object Lock; switch it on first", f.store.Bucket)
	}
	f.o.check(wrong.add)
	if slices.Contains(settings.DeniedModes, f.o.Mode) {
		other := map[string]string{"GOVERNANCE": "COMPLIANCE", "COMPLIANCE": "GOVERNANCE"}[f.o.Mode]
		wrong.add("mode %s: the bucket policy denies it; set %s", f.o.Mode, other)
	}
	f.done.Until = renewUntil(RenewOptions{Until: f.o.Until, Days: f.o.Days}, settings, f.now(), wrong.add)
	if f.b != nil {
		if f.service, err = f.b.service(ctx, f.store.Client, f.o.Jobs, &wrong); err != nil {
			return err
		}
		f.floor = settings.Renewal.Floor
	}
	return wrong.err("nothing was locked")
}

// active reports whether a lock holds.
func (f *backfiller) active(lock store.Lock) bool { return lock.Holds(f.now()) }

// add counts a version, and keeps it if it has no lock.
func (f *backfiller) add(v ListedVersion) error {
	now, d := f.now(), &f.done
	if f.active(v.lock()) {
		if d.Locked++; v.EventHold {
			d.EventHolds++
		}
		return nil
	}
	d.Versions++
	d.Bytes += v.Size
	d.AddedByteDays += float64(v.Size) * max(0, d.Until.Sub(now).Hours()/24)
	if v.Mode != "" {
		d.Ended++
	}
	if v.VersionID == nullVersion {
		d.Null++
	}
	if !v.Newest {
		d.Noncurrent++
	}
	return f.todo.Add([]byte(v.Key + "\x00" + v.VersionID))
}

// nullVersion is the id of a version that was written without versioning.
const nullVersion = "null"
