package main

import (
	"fmt"
	"strings"
	"time"

	"datalock/dataset"
)

// perMillion is the list price of a million PutObjectRetention requests in
// us-east-1, in US dollars, not looked up.
const perMillion = 5.0

// renewPlanText says what is about to become permanent.
func renewPlanText(p dataset.RenewPlan, price float64) string {
	var b strings.Builder
	until := p.Until.Format("2006-01-02 15:04 MST")
	if p.Versions == 0 {
		fmt.Fprintf(&b, "%s: %s locked until %s or longer already%s\n",
			p.Location, heldText(fmt.Sprintf("all %d versions are", p.Kept), p.Held), until, byRecord(p))
		b.WriteString(recordText(p.RecordLock))
		return b.String()
	}
	fmt.Fprintf(&b, "%s: lengthens the locks of %s, %s", p.Location, count(p.Versions, "version"), size(p.Bytes))
	if p.Kept > 0 {
		fmt.Fprintf(&b, "; %d more are locked for as long already", p.Kept)
	}
	b.WriteString("\n")
	if p.Held > 0 {
		fmt.Fprintf(&b, "  leaves %s under an event hold as they are\n", count(p.Held, "version"))
	}
	if p.NextEnd != nil {
		fmt.Fprintf(&b, "  the first of these locks ends at %s\n", p.NextEnd.At.Format(time.RFC3339))
	}
	if p.Compliance > 0 {
		fmt.Fprintf(&b, "  nobody can delete %d of them, or stop paying for them, until %s\n", p.Compliance, until)
	}
	if rest := p.Versions - p.Compliance; rest > 0 {
		fmt.Fprintf(&b, "  until %s, only principals with s3:BypassGovernanceRetention can delete %d of them\n", until, rest)
	}
	b.WriteString(recordText(p.RecordLock))
	fmt.Fprintf(&b, "  costs about $%.2f for requests and $%.2f for storage until then, at $%.2f per TB and month\n",
		float64(p.Versions)/1e6*perMillion, storageCost(p.AddedByteDays, price), price)
	b.WriteString("  (list prices, not looked up; pass yours in --price)\n")
	return b.String()
}

// byRecord says that most locks weren't read.
func byRecord(p dataset.RenewPlan) string {
	if !p.ByRecord {
		return ""
	}
	return fmt.Sprintf(", according to the record of a renewal (%s read, %d of them of random files in one shard)",
		count(p.LocksRead, "lock"), p.FilesRead)
}

// recordText says how the record will be locked.
func recordText(lock *dataset.RecordLock) string {
	if lock == nil {
		return ""
	}
	return fmt.Sprintf("  writes a record beside the manifest, in %s mode until %s\n",
		lock.Mode, lock.Until.Format("2006-01-02 15:04 MST"))
}

// storageCost is what bytes cost that are kept for some days, at a price for a TB
// and a month.
func storageCost(byteDays, price float64) float64 {
	const month, tb = 365.0 / 12, 1 << 40
	return byteDays / tb / month * price
}

func renewedText(r dataset.Renewed, repeat string) string {
	until := r.Until.Format("2006-01-02 15:04 MST")
	if len(r.Jobs) > 0 && r.Record == "" {
		return startedText(r, repeat)
	}
	if r.Lengthened == 0 && r.Record == "" {
		return fmt.Sprintf("%s: nothing to do, %s locked until %s or longer%s",
			r.Location, heldText(fmt.Sprintf("all %d versions are", r.Kept), r.Held), until, byRecord(r.RenewPlan))
	}
	record := byRecord(r.RenewPlan)
	if r.Record != "" {
		record = fmt.Sprintf("; record s3://%s/%s", r.Bucket, r.Record)
	}
	if r.Left > 0 {
		return fmt.Sprintf("%s: %s renewed until %s, %s left%s",
			r.Location, count(r.Lengthened, "lock"), until, count(r.Left, "version"), record)
	}
	return fmt.Sprintf("%s: %s renewed, %s locked until %s or longer%s",
		r.Location, count(r.Lengthened, "lock"), heldText("all", r.Held), until, record)
}

// heldText says of what all is said, if versions are under an event hold.
func heldText(all string, held int64) string {
	if held == 0 {
		return all
	}
	return fmt.Sprintf("%s under an event hold, the others", count(held, "version"))
}
