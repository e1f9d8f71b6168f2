package dataset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"datalock/dataset/internal/batch"

	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

// makeRoom checks that the date leaves enough time for the jobs. A date set in days
// is moved, for another one the error has the first possible date. The date of
// existing jobs stays. Running jobs with another date are a mistake.
func (r *batchRenewer) makeRoom(ctx context.Context, versions int64, wrong *collector) error {
	now, limits := r.now(), r.settings.Renewal
	first, enough := r.b.room(r.plan.Until, limits.Floor, versions, now)
	if !enough && limits.Ceiling > 0 && first.After(now.AddDate(0, 0, limits.Ceiling)) {
		wrong.add("%s of jobs: the bucket policy requires %d days when each task runs and allows %d when the first does, "+
			"which leaves no date; raise maximumDays", daysText(r.b.longestJob(versions)), limits.Floor, limits.Ceiling)
		return nil
	}
	if !enough && r.o.Days != 0 {
		r.plan.Until, enough = first, true
	}
	if r.o.PlanOnly && enough && r.b.TakeUpDays == 0 {
		return nil
	}
	jobs, err := r.service.Find(ctx, r.describe(""))
	if err != nil {
		return fmt.Errorf("%w: %w", errBatch, err)
	}
	if begun := r.begun(jobs); !begun.IsZero() {
		r.plan.Until = begun
		_, enough = r.b.room(begun, limits.Floor, versions, now)
	}
	mine := r.describe(r.plan.Until.Format(time.RFC3339))
	for _, j := range jobs {
		if strings.HasPrefix(j.Description, mine) {
			if !enough {
				r.short = first
			}
			return nil
		}
	}
	for _, j := range jobs {
		switch {
		case j.Unconfirmed():
			wrong.add("job %s for the same dataset waits for confirmation: confirm it with the date %s, or cancel it",
				j.ID, r.dateOf(j))
		case !j.Ended():
			wrong.add("job %s for the same dataset is running: follow it with the date %s, or cancel it", j.ID, r.dateOf(j))
		}
	}
	if !enough {
		wrong.add("retain until %s: the bucket policy requires %d days when each task runs, and the jobs may take %s; "+
			"set %s or later", r.plan.Until.Format(time.RFC3339), limits.Floor, daysText(r.b.longestJob(versions)),
			first.Format(time.DateOnly))
	}
	return nil
}

// describe returns the start of the description of the dataset's jobs, up to and
// including a date unless that is empty.
func (r *batchRenewer) describe(until string) string {
	text := "datalock renew " + batch.Token(r.at.Bucket, r.at.Prefix, r.plan.RootDigest)[:16] + " until "
	if until == "" {
		return text
	}
	return text + until + " of "
}

// dateOf is the date in the description of a job for the dataset.
func (r *batchRenewer) dateOf(j batch.Found) string {
	date, _, _ := strings.Cut(strings.TrimPrefix(j.Description, r.describe("")), " ")
	return date
}

// begun returns the last date to which confirmed jobs renew the dataset that can be
// continued, zero if there is none. The date isn't later than the requested one. If
// all jobs for it have ended, the bucket policy must still accept it for what is then
// locked one by one.
func (r *batchRenewer) begun(jobs []batch.Found) (last time.Time) {
	if r.b.TakeUpDays == 0 {
		return last
	}
	failed, running := map[string]int64{}, map[string]bool{}
	for _, j := range jobs {
		if goesOn := !j.Ended(); !j.Unconfirmed() && (goesOn || j.Status == types.JobStatusComplete) {
			running[r.dateOf(j)] = running[r.dateOf(j)] || goesOn
			failed[r.dateOf(j)] += j.Failed
		}
	}
	for text, tasks := range failed {
		days := r.b.TakeUpDays
		if !running[text] {
			days = max(days, r.settings.Renewal.Floor)
		}
		date, err := time.Parse(time.RFC3339, text)
		if err == nil && !date.Before(r.now().AddDate(0, 0, days)) && date.After(last) &&
			!date.After(r.plan.Until) && (running[text] || tasks <= r.b.byHandMost()) {
			last = date
		}
	}
	return last
}

// room returns the first date that leaves enough time for the jobs, and whether
// until does: the bucket policy compares the days left when each task runs, not
// when the job is created.
func (b BatchOptions) room(until time.Time, floor int, versions int64, now time.Time) (first time.Time, enough bool) {
	least := now.AddDate(0, 0, floor).Add(b.longestJob(versions) + day)
	return least.Truncate(day).Add(day), floor == 0 || !until.Before(least)
}

func daysText(d time.Duration) string { return plural(int((d+day-1)/day), "day") }
