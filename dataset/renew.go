package dataset

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
	"datalock/dataset/signing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// RenewOptions say until when to lock a dataset. Set Until or Days.
type RenewOptions struct {
	// Until is when the locks will end. Days counts from now; the locks then end
	// at a midnight in UTC, so two runs on one day set the same date.
	Until time.Time
	Days  int
	// Root is the root digest that the manifest must have, in hex; if empty, it
	// isn't compared.
	Root string
	// Key, if not nil, signs the renewal record.
	Key *signing.Key
	// By names who renews, for the record.
	By string
	// Jobs is the maximum number of parallel requests, 64 if it is 0.
	Jobs int
	// PlanOnly ends the run once the plan is known.
	PlanOnly bool
	// Size, if not nil, receives the number of versions before their locks are
	// read.
	Size func(versions int64)
	// Confirm, if not nil, is called before a lock is lengthened or a record is
	// written, which is locked too; an error ends the run.
	Confirm func(RenewPlan) error
	// Progress, if not nil, receives the progress ten times a second.
	Progress func(Progress)
}

// A RenewPlan is what a run is about to do.
type RenewPlan struct {
	Location
	RootDigest string `json:"rootDigest"`
	// Until is when the locks will end.
	Until time.Time `json:"until"`
	// Versions and Bytes count what will be lengthened, including the
	// manifest's own files; Compliance counts those that are or will be in
	// COMPLIANCE mode.
	Versions   int64 `json:"versions"`
	Compliance int64 `json:"compliance"`
	Bytes      int64 `json:"bytes"`
	// Kept counts the versions that are already locked at least until then.
	Kept int64 `json:"kept"`
	// Held counts the versions under an event hold, whose retention has no end yet.
	// They are left as they are.
	Held int64 `json:"held,omitempty"`
	// ByRecord is set if Kept and Held are according to a renewal record, and only the locks
	// of LocksRead versions were read, of which FilesRead are random files of one shard. The
	// others describe the dataset.
	ByRecord  bool  `json:"byRecord,omitempty"`
	LocksRead int64 `json:"locksRead,omitempty"`
	FilesRead int64 `json:"filesRead,omitempty"`
	// RecordLock is the lock of the record that the run will write, nil if it won't.
	RecordLock *RecordLock `json:"recordLock,omitempty"`
	// NextEnd is the first lock to end among the active locks that will be
	// lengthened, or nil.
	NextEnd *End `json:"nextEnd,omitempty"`
	// AddedByteDays is the sum of bytes times additional days.
	AddedByteDays float64 `json:"addedByteDays"`
	// Findings lists versions that were unlocked or are missing, among others.
	Findings []Finding           `json:"findings"`
	Counts   map[FindingName]int `json:"counts"`
}

// A RecordLock is the lock of a renewal record.
type RecordLock struct {
	Mode  string    `json:"mode"`
	Until time.Time `json:"until"`
}

// Renewed is the result of a run.
type Renewed struct {
	RenewPlan
	// Lengthened counts the locks that this run lengthened.
	Lengthened int64 `json:"lengthened"`
	// Record is the key of this renewal's record, empty if an earlier record
	// already covers it.
	Record string `json:"record,omitempty"`
	// Jobs are the jobs of S3 Batch Operations, Failures the errors of their failed
	// tasks, and Left counts the versions whose lock doesn't reach the date yet.
	Jobs     []BatchJob     `json:"jobs,omitempty"`
	Failures []BatchFailure `json:"failures,omitempty"`
	Left     int64          `json:"left,omitempty"`
}

// ErrManifestChanged means that the manifest isn't the published one, or that
// this can't be determined, so the dataset can't be renewed from it.
var ErrManifestChanged = errors.New("the manifest can't be trusted")

// Renew lengthens the locks of all versions of a dataset, including the
// manifest's own files, to one date. It never shortens a lock or weakens a
// mode, and touches no version that the manifest doesn't list. Then it writes a
// record beside the manifest. After an interruption, run it again to lengthen
// the rest.
//
// Problems with versions are in the findings: Unlocked if a lock had ended, so
// that the version was unprotected for a time, and Missing. The user's mistakes
// are returned as a *[Mistakes]; nothing was locked then.
func Renew(ctx context.Context, client *s3.Client, at Location, o RenewOptions) (Renewed, error) {
	if err := errors.Join(at.check(), VerifyOptions{Root: o.Root}.check()); err != nil {
		return Renewed{}, fmt.Errorf("renew %s: %w", at, err)
	}
	v := newVerifier(client, at, VerifyOptions{Root: o.Root, Jobs: o.Jobs, Progress: o.Progress})
	r := &renewer{o: o, verifier: v}
	defer r.close()
	err := r.run(ctx)
	r.done()
	r.plan.Findings, r.plan.Counts = r.result.Findings, r.result.Counts
	r.renewed.RenewPlan = r.plan
	return r.renewed, err
}

// renewer is one run. It reads the manifest as a verification does.
type renewer struct {
	*verifier
	o        RenewOptions
	settings store.Settings
	// published is the retention according to the manifest.
	published manifest.Retention
	plan      RenewPlan
	renewed   Renewed
	// firstEnd is when the first lock ends, without those of renewal records; zero if
	// a version has none.
	firstEnd time.Time
	// held are the URIs of the first versions under an event hold.
	held []string
	// todo has a line for each version to lengthen.
	todo *spill.File
}

func (r *renewer) close() {
	r.verifier.close()
	if r.todo != nil {
		r.todo.Close()
	}
}

func (r *renewer) run(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	d, err := r.openTrusted(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	total := d.dataset().Files + int64(len(r.own))
	if r.o.Size != nil {
		r.o.Size(total)
	}
	if err := r.look(ctx, lockables(d, r.own), total); err != nil {
		return err
	}
	r.believe(r.promises, r.firstEnd)
	if last := r.result.RenewedUntil; r.plan.Versions > 0 || last == nil || last.Before(r.plan.Until) {
		r.plan.RecordLock = r.recordLock()
	}
	if r.o.PlanOnly || r.plan.RecordLock == nil {
		return nil
	}
	if r.o.Confirm != nil {
		r.plan.Findings, r.plan.Counts = r.result.Findings, r.result.Counts
		if err := r.o.Confirm(r.plan); err != nil {
			return err
		}
	}
	if err := r.lengthen(ctx); err != nil {
		return fmt.Errorf("%w; %d of %d locks were lengthened: run it again to continue",
			err, r.renewed.Lengthened, r.plan.Versions)
	}
	return r.record(ctx, r.plan.Versions+r.plan.Kept)
}

// prepare checks the date against the bucket, and reports all mistakes at once.
func (r *renewer) prepare(ctx context.Context) error {
	var wrong collector
	if err := r.readSettings(ctx, &wrong); err != nil {
		return err
	}
	r.plan = RenewPlan{Location: r.at, Until: renewUntil(r.o, r.settings, r.now(), wrong.add)}
	return wrong.err("nothing was locked")
}

// readSettings reads the bucket's settings and S3's clock.
func (r *renewer) readSettings(ctx context.Context, wrong *collector) error {
	var err error
	if r.settings, err = r.store.Settings(ctx, r.at.data("")); err != nil {
		return explain(err)
	}
	r.skew = r.settings.Skew
	name := renewalFolder + recordTime + recordSuffix
	if r.o.Key != nil {
		name = longestName
	}
	if err := r.at.checkRoom(name); err != nil {
		wrong.add("%v", err)
	}
	if !r.settings.Locked {
		wrong.add("bucket %s: has no Object Lock, so no lock can be lengthened", r.at.Bucket)
	}
	return nil
}

// renewUntil decides when the locks end.
func renewUntil(o RenewOptions, s store.Settings, now time.Time, mistake func(string, ...any)) time.Time {
	switch {
	case o.Days != 0 && !o.Until.IsZero():
		mistake("retention: set a date or a number of days, not both")
	case o.Days == 0 && o.Until.IsZero():
		mistake("retention: set a date or a number of days")
	case o.Days != 0:
		if o.Days < 1 || o.Days > maxDays {
			mistake("days = %d: must be a whole number from 1 to %d", o.Days, maxDays)
		}
		checkLimits(fmt.Sprintf("days = %d", o.Days), o.Days, s.Renewal, mistake)
		return midnight(now, o.Days, s.Renewal)
	}
	until := o.Until.UTC().Truncate(time.Second)
	checkDate(until, now, s.Renewal, mistake)
	return until
}

const day = 24 * time.Hour

// midnight returns the midnight in UTC after a number of days from now. The
// bucket policy compares the days that remain when a request arrives. So it
// adds a day if the number is near the policy's minimum, and takes the midnight
// before if it is the maximum.
func midnight(now time.Time, days int, l store.Limits) time.Time {
	until := now.AddDate(0, 0, days+1).Truncate(day)
	if l.Floor > 0 && until.Before(now.AddDate(0, 0, l.Floor).Add(day)) {
		until = until.Add(day)
	}
	if most := now.AddDate(0, 0, l.Ceiling).Truncate(day); l.Ceiling > 0 && until.After(most) {
		until = most
	}
	return until
}

// openTrusted reads the manifest, and fails if it isn't the published one. A
// newer version over it, a bad record or an object beside it that can't be read doesn't
// end the run: otherwise anyone with write access could let the locks expire.
func (r *renewer) openTrusted(ctx context.Context) (*opened, error) {
	d, err := r.open(ctx)
	if err != nil {
		return nil, explain(err)
	}
	essential := map[string]bool{r.at.url(r.at.meta("")): true, r.at.url(r.at.meta(manifestName)): true}
	trusted := d != nil && (r.o.Root == "" || strings.EqualFold(r.o.Root, r.result.RootDigest))
	if d != nil {
		for _, s := range d.dataset().Shards {
			essential[r.at.url(r.at.meta(s.Name))] = true
		}
	}
	var kept []Finding
	var why Finding
	for _, f := range r.result.Findings {
		unknown := f.Name == Unknown && essential[f.Subject]
		if unknown || f.Name == ManifestChanged {
			trusted, why = trusted && !unknown, f
		}
		switch f.Name {
		case ManifestChanged, RenewalChanged, Hidden, Unknown:
			kept = append(kept, f)
		}
	}
	if !trusted {
		if d != nil {
			d.close()
		}
		return nil, fmt.Errorf("%w: %s; run datalock verify %s", ErrManifestChanged, why, r.at)
	}
	// look finds problems with the manifest's own lock again.
	r.result.Findings, r.result.Counts = []Finding{}, map[FindingName]int{}
	r.result.NextEnd = nil
	r.find(kept...)
	r.plan.RootDigest, r.published = r.result.RootDigest, d.dataset().Retention
	return d, nil
}
