package dataset

import (
	"fmt"
	"time"

	"datalock/dataset/internal/store"
)

// retention is the retention that a run asks for.
type retention struct {
	mode string
	// days count from the time of an upload; until is a date. One of the two is
	// set.
	days  int
	until time.Time
	// years are those of the bucket's default, which days includes.
	years int
	// named says that the user set it; otherwise it is the bucket's default.
	named bool
}

// beyond is added to a retention in days: S3 counts from its own clock, shortly
// after the request was made.
const beyond = time.Minute

// maxDays is S3's limit: 100 years.
const maxDays = 36500

// daysPerYear is the length of a year of a default retention, as in the settings: the
// bucket policy's limits are in days. Some servers, such as MinIO, add calendar years.
const daysPerYear = 365

// end returns the end of the retention of an object uploaded at a time.
func (r retention) end(at time.Time) time.Time {
	if !r.until.IsZero() {
		return r.until
	}
	return at.AddDate(0, 0, r.days).Add(beyond).Truncate(time.Second).UTC()
}

// String describes the retention in words.
func (r retention) String() string {
	if !r.until.IsZero() {
		return "until " + r.until.Format(time.RFC3339)
	}
	return "for " + plural(r.days, "day")
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// retentionFor determines the retention from the bucket's settings, the user's
// options and S3's time. It reports why a bucket or a date isn't suitable.
func retentionFor(
	bucket string,
	s store.Settings,
	days int,
	until, now time.Time,
	mistake func(string, ...any),
) retention {
	missing := func(what, fix string) {
		mistake("bucket %s: %s, so published files would not be locked; %s", bucket, what, fix)
	}
	if !s.Locked {
		missing("has no Object Lock", "deploy it with Datalock, or turn Object Lock on")
	}
	if !s.Versioned {
		missing("has no versioning", "set its status to Enabled")
	}
	if s.Locked && s.Mode == "" {
		missing("has no default retention", "set one in its Object Lock configuration")
	}
	r := retention{mode: s.Mode, days: s.Days + daysPerYear*s.Years, years: s.Years}
	checkRetention(days, until, mistake)
	switch {
	case days != 0 && !until.IsZero():
	case days != 0:
		r = retention{mode: s.Mode, days: days, named: true}
		checkLimits(fmt.Sprintf("days = %d", days), days, s.Upload, mistake)
	case !until.IsZero():
		r = retention{mode: s.Mode, until: until.UTC().Truncate(time.Second), named: true}
		checkDate(r.until, now, s.Upload, mistake)
	}
	return r
}

// checkRetention checks the user's options by themselves.
func checkRetention(days int, until time.Time, mistake func(string, ...any)) {
	if days != 0 && !until.IsZero() {
		mistake("retention: set a date or a number of days, not both")
	}
	if days < 0 || days > maxDays {
		mistake("days = %d: must be a whole number from 1 to %d", days, maxDays)
	}
}

// checkDate checks a date against S3's clock and limit, and against the bucket
// policy, which compares the days left when each request arrives.
func checkDate(until, now time.Time, l store.Limits, mistake func(string, ...any)) {
	what := "retain until " + until.Format(time.RFC3339)
	left := int(until.Sub(now).Hours() / 24)
	switch {
	case !until.After(now):
		mistake("%s: is not in the future; S3's clock says %s", what, now.Format(time.RFC3339))
		return
	case left > maxDays:
		mistake("%s: is more than %d days away, the maximum in S3", what, maxDays)
	}
	checkLimits(what, left, l, mistake)
	if least := now.AddDate(0, 0, l.Floor).Add(day); l.Floor > 0 && left >= l.Floor && until.Before(least) {
		mistake("%s: leaves less than a day beyond the %d days that the bucket policy requires "+
			"when each request arrives; set %s or later", what, l.Floor, least.Add(day).Format(time.DateOnly))
	}
}

// checkLimits checks whole days against the bucket policy.
func checkLimits(what string, days int, l store.Limits, mistake func(string, ...any)) {
	if l.Floor > 0 && days < l.Floor {
		mistake("%s: is shorter than the %d days that the bucket policy requires", what, l.Floor)
	}
	if l.Ceiling > 0 && days > l.Ceiling {
		mistake("%s: is longer than the %d days that the bucket policy allows", what, l.Ceiling)
	}
}

// weaker reports whether a mode protects less than another.
func weaker(mode, than string) bool { return than == "COMPLIANCE" && mode != "COMPLIANCE" }
