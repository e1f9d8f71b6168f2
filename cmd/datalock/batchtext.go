package main

import (
	"fmt"
	"strings"
	"time"

	"datalock/dataset"
)

// manyVersions is the number of versions above which S3 Batch Operations is better.
const manyVersions = 100_000

// Prices of S3 Batch Operations in us-east-1, in US dollars, not looked up.
const (
	perJob          = 0.25
	perMillionTasks = 1.0
)

// batchHint suggests --batch for many versions.
func batchHint(versions int64) string {
	if versions <= manyVersions {
		return ""
	}
	return fmt.Sprintf("%s: with --batch, S3 Batch Operations renews them\n", count(versions, "version"))
}

// batchPlanText describes what jobs are about to make permanent.
func batchPlanText(p dataset.BatchPlan, price float64) string {
	var b strings.Builder
	b.WriteString(renewPlanText(p.RenewPlan, price))
	tasks := int64(0)
	for _, j := range p.Jobs {
		tasks += j.Versions
		fmt.Fprintf(&b, "  job %s: S3 counted %s to set to %s mode; it is %s\n",
			j.ID, count(j.Versions, "version"), j.Mode, j.Status)
	}
	b.WriteString("  jobs don't look for event holds, and request this date for a version under one too, " +
		"unless an earlier record names it\n")
	b.WriteString("  then lengthens the locks of the files that describe the dataset, one by one\n")
	fmt.Fprintf(&b, "  the jobs cost about $%.2f more (list prices, not looked up)\n", jobCost(len(p.Jobs), tasks))
	return b.String()
}

func jobCost(jobs int, tasks int64) float64 {
	return float64(jobs)*perJob + float64(tasks)/1e6*perMillionTasks
}

// failuresText lists the errors of failed tasks.
func failuresText(all []dataset.BatchFailure) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "%s failed: %s (%d), such as %s: %s\n",
			count(f.Count, "task"), f.Code, f.HTTPStatus, f.Key, f.Message)
	}
	return b.String()
}

// startedText lists the started jobs, and the command to continue.
func startedText(r dataset.Renewed, repeat string) string {
	var b strings.Builder
	for _, j := range r.Jobs {
		fmt.Fprintf(&b, "%s: job %s for %s is %s\n", r.Location, j.ID, count(j.Versions, "version"), j.Status)
	}
	until := r.Until.Format(time.DateOnly)
	if r.Until != r.Until.Truncate(24*time.Hour) {
		until = r.Until.Format(time.RFC3339)
	}
	fmt.Fprintf(&b, "%s: not renewed yet; follow the jobs and write the record with\n"+
		"  datalock renew %s --until %s --batch --wait%s", r.Location, r.Location, until, repeat)
	return b.String()
}

// restPlanText describes what jobs are about to read.
func restPlanText(p dataset.BatchPlan) string {
	var b strings.Builder
	tasks := int64(0)
	for _, j := range p.Jobs {
		tasks += j.Versions
		fmt.Fprintf(&b, "%s: job %s: S3 counted %s to read; it is %s\n",
			p.Location, j.ID, count(j.Versions, "version"), j.Status)
	}
	fmt.Fprintf(&b, "  the jobs cost about $%.2f (list prices, not looked up), and AWS also charges for reading %s\n",
		jobCost(len(p.Jobs), tasks), size(p.Bytes))
	return b.String()
}

// restStartedText lists the started jobs, and the command to continue.
func restStartedText(v dataset.Verification, repeat string) string {
	var b strings.Builder
	day := time.Now()
	for _, j := range v.AtRest.Jobs {
		day = j.Created
		fmt.Fprintf(&b, "%s: job %s for %s is %s\n", v.Location, j.ID, count(j.Versions, "version"), j.Status)
	}
	fmt.Fprintf(&b, "%s: follow the jobs and compare their reports with\n"+
		"  datalock verify %s --at-rest --job-date %s --wait --yes%s\n",
		v.Location, v.Location, day.UTC().Format(time.DateOnly), repeat)
	return b.String()
}

// backfillPlanText describes what is about to be locked.
func backfillPlanText(p dataset.BackfillPlan, price float64) string {
	var b strings.Builder
	until := p.Until.Format("2006-01-02 15:04 MST")
	fmt.Fprintf(&b, "s3://%s/%s: locks %s without a lock, %s, in %s mode until %s\n",
		p.Bucket, p.Prefix, count(p.Versions, "version"), size(p.Bytes), p.Mode, until)
	for _, one := range []struct {
		n    int64
		text string
	}{
		{p.Null, "from before versioning"},
		{p.Noncurrent, "under a newer version or a delete marker"},
		{p.Ended, "with a retention that has ended"},
		{p.Locked, "already locked, and left as they are"},
		{p.EventHolds, "of these under an event hold"},
		{p.Markers, "delete markers, which can't be locked"},
		{p.Gone, "deleted since they were listed (404)"},
	} {
		if one.n > 0 {
			fmt.Fprintf(&b, "  %s: %d\n", one.text, one.n)
		}
	}
	if p.Versions == 0 {
		return b.String()
	}
	if p.Mode == "COMPLIANCE" {
		fmt.Fprintf(&b, "  nobody can delete them, or stop paying for them, until then\n")
	} else {
		fmt.Fprintf(&b, "  until then, only principals with s3:BypassGovernanceRetention can delete them\n")
	}
	for _, j := range p.Jobs {
		fmt.Fprintf(&b, "  job %s: S3 counted %s; it is %s\n", j.ID, count(j.Versions, "version"), j.Status)
	}
	cost := float64(p.Versions) / 1e6 * perMillion
	if len(p.Jobs) > 0 {
		b.WriteString("  if one of them gets a lock before its task runs, the task lengthens it, if it ends earlier\n")
		cost += jobCost(len(p.Jobs), p.Versions)
	}
	fmt.Fprintf(&b, "  costs about $%.2f for requests and jobs and $%.2f for storage until then, "+
		"at $%.2f per TB and month\n", cost, storageCost(p.AddedByteDays, price), price)
	b.WriteString("  (list prices, not looked up; pass yours in --price)\n")
	return b.String()
}

func backfilledText(d dataset.Backfilled) string {
	at := fmt.Sprintf("s3://%s/%s", d.Bucket, d.Prefix)
	until := d.Until.Format("2006-01-02 15:04 MST")
	var b strings.Builder
	switch {
	case d.Started:
		for _, j := range d.Jobs {
			fmt.Fprintf(&b, "%s: job %s for %s is %s\n", at, j.ID, count(j.Versions, "version"), j.Status)
		}
		fmt.Fprintf(&b, "%s: not locked yet; follow the jobs with the same command and --until %s --wait",
			at, d.Until.Format(time.RFC3339))
	case d.Versions == 0 && d.Set == 0:
		fmt.Fprintf(&b, "%s: nothing to do: no version without a lock was found; %d are locked", at, d.Locked)
	default:
		fmt.Fprintf(&b, "%s: %s locked in %s mode until %s", at, count(d.Set, "version"), d.Mode, until)
		if d.Missing > 0 {
			fmt.Fprintf(&b, "; %d were gone", d.Missing)
		}
		if d.Refused > 0 {
			fmt.Fprintf(&b, "; %d got another lock in the meantime", d.Refused)
		}
	}
	return b.String()
}
