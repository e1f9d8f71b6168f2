package dataset

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"datalock/dataset/internal/batch"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

// ErrLeft means that some versions of a dataset weren't renewed.
var ErrLeft = errors.New("not everything was renewed")

// RenewBatch does the same as [Renew] with S3 Batch Operations, without reading the
// locks of the versions. It writes manifests from the dataset's entries, creates
// jobs that wait for confirmation, and starts them if Confirm returns no error. S3
// refuses to shorten a lock or to weaken its mode. Failed tasks can be done one by
// one.
//
// Another run with the same date finds the jobs and continues. Without Wait it
// returns once they are started.
func RenewBatch(ctx context.Context, client *s3.Client, at Location, o RenewOptions, b BatchOptions) (Renewed, error) {
	if err := errors.Join(at.check(), VerifyOptions{Root: o.Root}.check()); err != nil {
		return Renewed{}, fmt.Errorf("renew %s: %w", at, err)
	}
	r := &batchRenewer{b: b, renewer: &renewer{
		o: o, verifier: newVerifier(client, at, VerifyOptions{Root: o.Root, Jobs: o.Jobs, Progress: o.Progress}),
	}}
	defer r.close()
	err := r.run(ctx)
	r.done()
	r.plan.Findings, r.plan.Counts = r.result.Findings, r.result.Counts
	r.renewed.RenewPlan = r.plan
	return r.renewed, err
}

type batchRenewer struct {
	*renewer
	b       BatchOptions
	service *batch.Service
	failed  *failedTasks
	// short is the first date that leaves enough time for the jobs, if their date
	// doesn't.
	short time.Time
	// heldFiles are the files of the dataset that were under an event hold according to
	// the records. Jobs don't look, so they are looked at one by one.
	heldFiles []lockable
}

func (r *batchRenewer) close() {
	r.renewer.close()
	if r.failed != nil {
		r.failed.close()
	}
}

func (r *batchRenewer) run(ctx context.Context) error {
	d, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	r.plan.Versions, r.plan.Kept = 0, 0
	if done, err := r.recorded(ctx, d); err != nil || done {
		return err
	}
	if r.o.PlanOnly {
		err = r.rows(d, nil)
		r.plan.RecordLock = r.recordLock()
		return err
	}
	if err := r.create(ctx, d); err != nil {
		return err
	}
	r.plan.RecordLock = r.recordLock()
	if err := r.start(ctx); err != nil || !r.b.Wait && len(r.renewed.Jobs) > 0 {
		return err
	}
	if err := follow(ctx, r.service, r.renewed.Jobs, r.meter); err != nil {
		return err
	}
	return r.conclude(ctx)
}

// recorded reports whether a record says that the dataset is locked until the date.
// It reads the locks of random versions and of the files that describe the dataset, and
// all must be in COMPLIANCE mode: others could have been weakened since.
func (r *batchRenewer) recorded(ctx context.Context, d *opened) (bool, error) {
	if len(r.promises) == 0 {
		return false, nil
	}
	of, err := sampleLocks(ctx, r.store, r.at, r.result.ManifestVersionID, d.dataset().Shards)
	if err != nil {
		return false, err
	}
	kept, err := heldOrLonger(ctx, r.store, r.promises)
	if err != nil {
		return false, err
	}
	r.believe(kept, of.ends)
	last := r.result.RenewedUntil
	if last == nil || last.Before(r.plan.Until) || d.dataset().Retention.Mode != "COMPLIANCE" {
		return false, nil
	}
	for _, l := range r.own {
		if err := of.add(ctx, r.store, l.Key, l.VersionID); err != nil {
			return false, err
		}
	}
	r.plan.ByRecord, r.plan.LocksRead, r.plan.FilesRead = true, int64(len(of.read)), of.files
	if !of.compliance || of.ends.Before(r.plan.Until) {
		return false, nil // the files that describe the dataset are left to do
	}
	for _, p := range kept {
		if p.until.Equal(*last) {
			r.plan.Held = int64(len(p.held))
		}
	}
	r.plan.Kept = d.dataset().Files + int64(len(r.own)) - r.plan.Held
	return true, nil
}

// recordLock returns the lock of the record, nil if the plan is by an earlier one: not
// everything that the new one would say was seen.
func (r *batchRenewer) recordLock() *RecordLock {
	if r.plan.ByRecord {
		return nil
	}
	return r.renewer.recordLock()
}

// open reads the settings and the manifest and sets the date. It reports all
// mistakes at once.
func (r *batchRenewer) open(ctx context.Context) (*opened, error) {
	var wrong collector
	if err := r.readSettings(ctx, &wrong); err != nil {
		return nil, err
	}
	var err error
	if r.service, err = r.b.service(ctx, r.store.Client, r.verifier.o.Jobs, &wrong); err != nil {
		return nil, err
	}
	dated := r.settings
	if r.o.Days == 0 {
		// Existing jobs may be followed even if fewer days are left.
		dated.Renewal.Floor = 0
	}
	r.plan = RenewPlan{Location: r.at, Until: renewUntil(r.o, dated, r.now(), wrong.add)}
	if err := wrong.err("nothing was locked"); err != nil {
		return nil, err
	}
	d, err := r.openTrusted(ctx)
	if err != nil {
		return nil, err
	}
	if err = r.makeRoom(ctx, d.dataset().Files, &wrong); err == nil {
		err = wrong.err("nothing was locked")
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// create writes the manifests and creates the jobs.
func (r *batchRenewer) create(ctx context.Context, d *opened) error {
	token := batch.Token("renew", r.plan.RootDigest, r.plan.Until.Format(time.RFC3339), r.b.Role, r.b.Evidence)
	folder := batch.Folder(r.at.Bucket, r.at.Prefix, "renew-"+token[:16])
	writers := map[string]*batch.Writer{}
	if err := r.rows(d, func(mode, key, version string) error {
		w := writers[mode]
		if w == nil {
			w = r.service.Write(ctx, r.at.Bucket, func(n int) string {
				return fmt.Sprintf("%s%s/%s-%05d.csv", batch.Manifests, folder, mode, n)
			})
			writers[mode] = w
		}
		return w.Add(key, version)
	}); err != nil {
		return fmt.Errorf("write the manifests of jobs: %w", err)
	}
	manifests := 0
	for _, w := range writers {
		if err := w.Close(); err != nil {
			return fmt.Errorf("write the manifests of jobs: %w", err)
		}
		manifests += len(w.Manifests)
	}
	// More failed tasks than are done one by one need another job, and so do locks that
	// could have been weakened since the record of earlier jobs.
	concluded := r.concluded()
	again := func(j batch.Job) bool {
		return j.Failed > r.b.byHandMost()/int64(manifests) || j.Created.Before(concluded)
	}
	for _, mode := range []string{"COMPLIANCE", "GOVERNANCE"} {
		w := writers[mode]
		if w == nil {
			continue
		}
		for n, m := range w.Manifests {
			operation := &types.JobOperation{S3PutObjectRetention: &types.S3SetObjectRetentionOperation{
				Retention: &types.S3Retention{Mode: types.S3ObjectLockRetentionMode(mode), RetainUntilDate: &r.plan.Until},
			}}
			j, err := createJob(ctx, r.service, m, batch.Token(token, mode, n),
				r.describe(r.plan.Until.Format(time.RFC3339))+r.at.String(), batch.Reports+folder, operation, again)
			if err != nil {
				return errors.Join(err, cancelWaiting(ctx, r.service, r.renewed.Jobs))
			}
			j.Mode = mode
			r.renewed.Jobs = append(r.renewed.Jobs, j)
		}
	}
	return nil
}

// concluded returns when the last record of a renewal until the same date had certainly
// been written, zero if there is none. S3's clock is known in whole seconds.
func (r *batchRenewer) concluded() (last time.Time) {
	for _, p := range r.promises {
		at, err := time.Parse(recordTime, strings.TrimSuffix(strings.TrimPrefix(p.name, renewalFolder), recordSuffix))
		if err == nil && !p.left && p.until.Equal(r.plan.Until) && at.After(last) &&
			at.Before(r.now().Add(batch.ClockError)) {
			last = at.Add(batch.ClockError)
		}
	}
	return last
}

// rows counts the plan, and calls each, if not nil, for every version to lengthen.
// Versions that the manifest, or the record that the plan is by, has in COMPLIANCE mode
// until then stay as they are.
func (r *batchRenewer) rows(d *opened, each func(mode, key, version string) error) error {
	r.meter.begin(StepRows, d.dataset().Files, 0)
	now, held := r.now(), r.heldBefore()
	for e, err := range d.entries() {
		if err != nil {
			return err
		}
		r.meter.files.Add(1)
		a, key := e.Annotations, r.at.data(e.Name)
		if a.Mode != "COMPLIANCE" && a.Mode != "GOVERNANCE" {
			return fmt.Errorf("%s: the manifest has the unknown mode %q", r.at.url(key), a.Mode)
		}
		if held[lockable{Key: key, VersionID: e.VersionID()}] {
			r.heldFiles = append(r.heldFiles, lockable{key, e.VersionID(), a.Mode})
			continue
		}
		ends, kept := a.RetainUntil, a.RetainUntil
		if last := r.result.RenewedUntil; last != nil && last.After(ends) {
			ends = *last
		}
		if r.plan.ByRecord {
			kept = ends
		}
		if a.Mode == "COMPLIANCE" && !kept.Before(r.plan.Until) {
			r.plan.Kept++
			continue
		}
		if !ends.After(now) {
			r.findf(Unlocked, r.at.url(key), "its retention ended at %s, according to the manifest and the records, and it "+
				"has been unprotected since; verify it again", ends.Format(time.RFC3339))
			ends = now
		}
		r.plan.Versions++
		r.plan.Bytes += a.Size
		r.plan.AddedByteDays += float64(a.Size) * max(0, r.plan.Until.Sub(ends).Hours()/24)
		if a.Mode == "COMPLIANCE" {
			r.plan.Compliance++
		}
		if each != nil {
			if err := each(a.Mode, key, e.VersionID()); err != nil {
				return err
			}
		}
	}
	return nil
}

// heldBefore are the versions that were under an event hold according to the records.
// Anyone who may write objects can write a record, so they may be of no dataset.
func (r *batchRenewer) heldBefore() map[lockable]bool {
	held := map[lockable]bool{}
	for _, p := range r.promises {
		for _, l := range p.held {
			held[l] = true
		}
	}
	return held
}

// start starts the jobs that wait for confirmation, if they are confirmed. Without
// jobs it has the rest confirmed.
func (r *batchRenewer) start(ctx context.Context) error {
	if len(r.renewed.Jobs) > 0 && !waiting(r.renewed.Jobs) {
		return nil
	}
	if !r.short.IsZero() {
		err := fmt.Errorf("the date of the jobs no longer leaves enough time for them; set %s or later",
			r.short.Format(time.DateOnly))
		return errors.Join(err, cancelWaiting(ctx, r.service, r.renewed.Jobs))
	}
	if r.b.Confirm != nil {
		r.plan.Findings, r.plan.Counts = r.result.Findings, r.result.Counts
		if err := r.b.Confirm(BatchPlan{r.plan, r.renewed.Jobs}); err != nil {
			return errors.Join(err, cancelWaiting(ctx, r.service, r.renewed.Jobs))
		}
	}
	return startWaiting(ctx, r.service, r.renewed.Jobs)
}
