package main

import (
	"fmt"
	"strings"
	"time"

	"datalock/dataset"
)

// manyVersions is how many versions are better left to S3 Batch Operations.
const manyVersions = 100_000

// Prices of S3 Batch Operations in us-east-1, in US dollars, from memory.
const (
	perJob          = 0.25
	perMillionTasks = 1.0
)

// batchHint suggests S3 Batch Operations for many versions.
func batchHint(versions int64) string {
	if versions <= manyVersions {
		return ""
	}
	return fmt.Sprintf("%s: --batch leaves them to S3 Batch Operations\n", count(versions, "version"))
}

// batchPlanText says what jobs are about to make permanent.
func batchPlanText(p dataset.BatchPlan, price float64) string {
	var b strings.Builder
	b.WriteString(renewPlanText(p.RenewPlan, price))
	tasks := int64(0)
	for _, j := range p.Jobs {
		tasks += j.Versions
		fmt.Fprintf(&b, "  job %s: S3 counted %s to set to %s mode; it is %s\n",
			j.ID, count(j.Versions, "version"), j.Mode, j.Status)
	}
	fmt.Fprintf(&b, "  the jobs cost about $%.2f beside that (from memory)\n", jobCost(len(p.Jobs), tasks))
	return b.String()
}

func jobCost(jobs int, tasks int64) float64 {
	return float64(jobs)*perJob + float64(tasks)/1e6*perMillionTasks
}

// failuresText says why tasks failed.
func failuresText(all []dataset.BatchFailure) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "%s failed: %s (%d), such as %s: %s\n", count(f.Count, "task"), f.Code, f.HTTPStatus, f.Key, f.Message)
	}
	return b.String()
}

// startedText says what runs, and how to go on.
func startedText(r dataset.Renewed) string {
	var b strings.Builder
	for _, j := range r.Jobs {
		fmt.Fprintf(&b, "%s: job %s for %s is %s\n", r.Location, j.ID, count(j.Versions, "version"), j.Status)
	}
	until := r.Until.Format(time.DateOnly)
	if r.Until != r.Until.Truncate(24*time.Hour) {
		until = r.Until.Format(time.RFC3339)
	}
	fmt.Fprintf(&b, "%s: not renewed yet; follow the jobs and write the record with\n"+
		"  datalock renew %s --until %s --batch --wait", r.Location, r.Location, until)
	return b.String()
}

// restPlanText says what jobs are about to read.
func restPlanText(p dataset.BatchPlan) string {
	var b strings.Builder
	tasks := int64(0)
	for _, j := range p.Jobs {
		tasks += j.Versions
		fmt.Fprintf(&b, "%s: job %s: S3 counted %s to read; it is %s\n", p.Location, j.ID, count(j.Versions, "version"), j.Status)
	}
	fmt.Fprintf(&b, "  the jobs cost about $%.2f (from memory), and AWS charges for reading %s beside that\n",
		jobCost(len(p.Jobs), tasks), size(p.Bytes))
	return b.String()
}

// restStartedText says what runs, and how to go on.
func restStartedText(v dataset.Verification) string {
	var b strings.Builder
	day := time.Now()
	for _, j := range v.AtRest.Jobs {
		day = j.Created
		fmt.Fprintf(&b, "%s: job %s for %s is %s\n", v.Location, j.ID, count(j.Versions, "version"), j.Status)
	}
	fmt.Fprintf(&b, "%s: follow the jobs and compare their reports with\n  datalock verify %s --at-rest --job-date %s --wait --yes\n",
		v.Location, v.Location, day.UTC().Format(time.DateOnly))
	return b.String()
}
